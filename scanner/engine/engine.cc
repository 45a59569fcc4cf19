#include "scanner/engine/engine.h"

#include <algorithm>
#include <utility>

namespace scanner {
namespace {

Quality quality_of(const Coverage& coverage) {
  Quality quality;
  quality.packets_seen = coverage.packets;
  quality.packets_dropped = coverage.lost;
  for (const DecodeStatus status : kUndecoded)
    quality.undecoded += coverage.by_status[static_cast<std::size_t>(status)];
  quality.one_sided_flows = coverage.flows.one_sided;
  quality.gaps = coverage.flows.gaps;
  quality.gap_bytes = coverage.flows.gap_bytes;
  quality.clamped_timestamps = coverage.clamped;
  quality.evicted_flows = coverage.flows.evicted;
  quality.conflicting_bytes = coverage.flows.conflicting_bytes;
  quality.clipped_packets = coverage.clipped;
  quality.payload_cut_bytes = coverage.payload_cut;
  return quality;
}

}  // namespace

Engine::Engine(const EngineOptions& options, std::shared_ptr<const Matcher> matcher, std::shared_ptr<const Declaration> declaration,
               ShardExecutor& executor, EventSink& sink, ObservationTap* tap)
    : matcher_(std::move(matcher)),
      declaration_(std::move(declaration)),
      flow_stage_(options.flow_stage, matcher_),
      judgement_(options.judgement, matcher_->ruleset(), *declaration_, sink, tap),
      executor_(executor) {
  flow_stage_.hold_back(judgement_.signatures().suspended());
  for (std::size_t i = 0; i < executor_.workers(); ++i) scratches_.push_back(matcher_->make_scratch());
}

Engine::~Engine() = default;

void Engine::feed(const EventBatch& batch) {
  flow_stage_.route(batch, *scratches_.front());
  executor_.run(FlowStage::kShards, [this](std::size_t shard, std::size_t worker) {
    if (flow_stage_.has_work(shard)) flow_stage_.run_shard(shard, *scratches_[worker]);
  });
  judge();
}

void Engine::use(std::shared_ptr<const Matcher> matcher, std::shared_ptr<const Declaration> declaration, const EventFrame& frame) {
  for (auto& scratch : scratches_) scratch = matcher->make_scratch();
  judgement_.signatures().add_held_back(flow_stage_.held_back());
  flow_stage_.use(matcher, *scratches_.front());
  judgement_.use(matcher->ruleset(), *declaration, frame);
  matcher_ = std::move(matcher);
  declaration_ = std::move(declaration);
}

Coverage Engine::coverage() const {
  Coverage coverage = flow_stage_.coverage();
  coverage.subjects_refused = judgement_.subjects_refused();
  return coverage;
}

std::vector<SignatureCount> Engine::signature_counts() const {
  std::vector<SignatureCount> counts = judgement_.signatures().counts();
  const std::vector<std::uint64_t> held_back = flow_stage_.held_back();
  for (std::size_t i = 0; i < std::min(held_back.size(), counts.size()); ++i) {
    counts[i].hits += held_back[i];
    counts[i].held_back += held_back[i];
  }
  return counts;
}

void Engine::finish() {
  flow_stage_.begin_finish();
  executor_.run(FlowStage::kShards, [this](std::size_t shard, std::size_t worker) { flow_stage_.finish_shard(shard, *scratches_[worker]); });
  judge();
  judgement_.finish(flow_stage_.now());
}

void Engine::judge() {
  const std::vector<FlowStage::Occurrence>& occurrences = flow_stage_.collect();
  if (occurrences.empty()) return;
  judgement_.set_quality(quality_of(flow_stage_.coverage()));
  for (const FlowStage::Occurrence& occurrence : occurrences) {
    if (occurrence.observation != nullptr)
      judgement_.take(*occurrence.observation);
    else
      judgement_.take(*occurrence.life);
  }
}

}  // namespace scanner

#include "tools/aupsig/capture_outcomes.h"

#include "scanner/app/incident_book.h"
#include "scanner/io/capture_source.h"
#include "tools/aupsig/capture_run.h"

#include <algorithm>

namespace scanner {
namespace {

class HitCounter final : public ObservationTap {
 public:
  explicit HitCounter(const Ruleset& ruleset) : ruleset_(ruleset), hits_(ruleset.signatures().size()) {}

  void see(const Observation& observation) override {
    const auto* hit = std::get_if<SignatureHit>(&observation.what);
    if (hit == nullptr) return;
    if (const Signature* signature = ruleset_.find(hit->signature)) ++hits_[static_cast<std::size_t>(signature - ruleset_.signatures().data())];
  }
  std::vector<std::uint64_t> take() { return std::move(hits_); }

 private:
  const Ruleset& ruleset_;
  std::vector<std::uint64_t> hits_;
};

// Everything of one pack's engine, in the order in which it must go again.
class Bench {
 public:
  explicit Bench(const Setup& pack) : hits_(pack.matcher->ruleset()), engine_(engine_options(pack), pack.matcher, pack.declaration, serial_, book_, &hits_) {}

  Engine& engine() { return engine_; }
  PackOutcomes finish() {
    engine_.finish();
    PackOutcomes out;
    for (const BreachEvent* event : book_.incidents()) out.verdicts.push_back(outcome_of(*event));
    out.hits = hits_.take();
    out.dropped = book_.dropped();
    return out;
  }

 private:
  SerialExecutor serial_;
  IncidentBook book_;
  HitCounter hits_;
  Engine engine_;
};

}  // namespace

CaptureOutcomes judge_capture(const std::string& path, const std::vector<const Setup*>& packs) {
  CaptureOutcomes out;
  auto source = open_captures({path});
  if (!source) {
    out.error = source.error().message;
    return out;
  }
  std::vector<std::unique_ptr<Bench>> benches;
  for (const Setup* pack : packs) benches.push_back(std::make_unique<Bench>(*pack));
  EventBatch batch;
  for (;;) {
    const auto status = (*source)->next(batch);
    if (!status) {
      out.error = status.error().message;
      return out;
    }
    for (const auto& bench : benches) bench->engine().feed(batch);
    if (*status == SourceStatus::End) break;
  }
  const Coverage coverage = benches.front()->engine().coverage();
  out.packets = coverage.packets;
  out.bytes = coverage.bytes;
  for (const auto& bench : benches) out.packs.push_back(bench->finish());
  out.partial = (*source)->partial();
  out.warnings = (*source)->warnings();
  return out;
}

}  // namespace scanner

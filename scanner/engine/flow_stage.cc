#include "scanner/engine/flow_stage.h"

#include "scanner/detect/abuse_limits.h"
#include "scanner/engine/flow_shard.h"

#include <algorithm>
#include <tuple>

namespace scanner {

FlowStageLimits::FlowStageLimits() { flows.told_ports = login_ports(); }

// Everything of the stage that one thread does: the clock, fragments, and who gets what.
class FlowStage::Router final : public ObservationSink {
 public:
  Router(const FragmentLimits& limits, std::shared_ptr<const Matcher> matcher, TlsSecrets& secrets)
      : matcher_(std::move(matcher)), fields_(*matcher_, *this), fragments_(limits), secrets_(secrets) {}

  void route(const EventBatch& batch, std::array<std::unique_ptr<FlowShard>, kShards>& shards, Scratch& scratch) {
    fields_.use(scratch);
    for (const Event& event : batch.events) {
      ++sequence_;
      switch (event.kind) {
        case EventKind::Packet: route_packet(event.packet, shards); break;
        case EventKind::Host: take_record(batch.host_records[event.host]); break;
        case EventKind::Loss: coverage_.lost += event.lost; break;
        case EventKind::Secrets: secrets_.read_key_log(event.packet.data, sequence_); break;
        case EventKind::Tick:
        case EventKind::End: pass_time(event.at); break;
      }
    }
  }

  // What came of host records and of the clock.
  const std::vector<Observation>& observations() const { return host_observations_; }
  void forget_collected() {
    host_observations_.clear();
    reassembled_.clear();
  }

  void use(std::shared_ptr<const Matcher> matcher) {
    fields_.use(*matcher);
    matcher_ = std::move(matcher);
  }

  void hold_back(const std::vector<std::uint8_t>& suspended) { fields_.hold_back(suspended); }
  const std::vector<std::uint64_t>& held_back() const { return fields_.held_back(); }

  PacketContext end_context() { return {clock_.now(), ++sequence_, 0, 0}; }
  const EngineClock& clock() const { return clock_; }
  Coverage coverage() const {
    Coverage coverage = coverage_;
    coverage.clamped = clock_.clamped();
    coverage.fragments = fragments_.counters();
    return coverage;
  }

 private:
  void route_packet(const Packet& packet, std::array<std::unique_ptr<FlowShard>, kShards>& shards) {
    ++coverage_.packets;
    coverage_.bytes += packet.data.size();
    if (packet.data.size() < packet.original_length) {
      ++coverage_.clipped;
      coverage_.clipped_bytes += packet.original_length - packet.data.size();
    }
    const Timestamp at = clock_.advance(packet.at);
    pass_seconds(at, shards);
    Decoded& decoded = decoded_;
    decode(packet, decoded);
    ++coverage_.by_status[static_cast<std::size_t>(decoded.status)];
    coverage_.payload_cut += decoded.payload_cut;
    if (decoded.status == DecodeStatus::Fragment) {
      std::shared_ptr<const std::vector<std::uint8_t>> storage;
      Decoded whole;
      if (!fragments_.feed(decoded, at, whole, storage)) return;
      decoded = whole;
      reassembled_.push_back(std::move(storage));
    }
    if (decoded.status != DecodeStatus::Ok) return;
    const std::size_t shard = symmetric_hash(decoded.tuple.source.address, decoded.tuple.destination.address) % kShards;
    shards[shard]->enqueue(decoded, PacketContext{at, sequence_, packet.frame, packet.file}, EngineClock::corrected(packet.at, at));
  }

  // Once in a second of engine time every shard hears of it, so that when something falls due does
  // not depend on what else the shard happens to carry. At the same packets however they come.
  void pass_seconds(Timestamp at, std::array<std::unique_ptr<FlowShard>, kShards>& shards) {
    constexpr std::int64_t kSecond = 1'000'000'000;
    const std::int64_t second = at.ns / kSecond;
    if (second == second_) return;
    second_ = second;
    for (const auto& shard : shards) shard->enqueue_time({at, sequence_, 0, 0});
  }

  void pass_time(Timestamp at) {
    Observation observation;
    observation.at = clock_.advance(at);
    observation.sequence = sequence_;
    observation.what = TimePassed{};
    host_order_ = 0;
    take(std::move(observation));
  }

  void take_record(const HostRecord& record) {
    Observation observation;
    observation.at = clock_.advance(record.at);
    observation.sequence = sequence_;
    observation.clock_corrected = EngineClock::corrected(record.at, observation.at);
    observation.what = HostSeen{record};
    host_order_ = 0;
    fields_.take(std::move(observation));
  }

  void take(Observation&& observation) override {
    observation.order = host_order_++;
    host_observations_.push_back(std::move(observation));
  }

  std::shared_ptr<const Matcher> matcher_;
  FieldScan fields_;
  EngineClock clock_;
  IpFragments fragments_;
  TlsSecrets& secrets_;
  Coverage coverage_;
  Decoded decoded_;  // the packet at hand: building one for each costs as much as filling it in
  std::uint64_t sequence_ = 0;
  std::uint32_t host_order_ = 0;
  std::int64_t second_ = 0;  // of engine time, that the shards have heard of
  std::vector<Observation> host_observations_;
  std::vector<std::shared_ptr<const std::vector<std::uint8_t>>> reassembled_;  // until the shards have run
};

FlowStage::FlowStage(const FlowStageLimits& limits, const std::shared_ptr<const Matcher>& matcher) : router_(std::make_unique<Router>(limits.fragments, matcher, secrets_)) {
  // Ids of different shards never meet: 2^56 flows a shard are enough.
  for (std::size_t i = 0; i < kShards; ++i) shards_[i] = std::make_unique<FlowShard>(limits, static_cast<std::uint64_t>(i) << 56, matcher, secrets_);
}

FlowStage::~FlowStage() = default;

void FlowStage::forget_collected() {
  router_->forget_collected();
  for (const auto& shard : shards_) shard->forget_collected();
}

void FlowStage::route(const EventBatch& batch, Scratch& scratch) {
  forget_collected();
  router_->route(batch, shards_, scratch);
}
bool FlowStage::has_work(std::size_t shard) const { return shards_[shard]->has_work(); }
void FlowStage::run_shard(std::size_t shard, Scratch& scratch) { shards_[shard]->run(scratch); }

const std::vector<FlowStage::Occurrence>& FlowStage::collect() {
  occurrences_.clear();
  std::uint32_t rank = 0;
  const auto add = [&](const std::vector<Observation>& observations) {
    for (const Observation& observation : observations) occurrences_.push_back({observation.sequence, observation.order, rank, &observation, nullptr});
    ++rank;
  };
  add(router_->observations());
  for (const auto& shard : shards_) add(shard->observations());
  for (const auto& shard : shards_) {
    for (const FlowLife& life : shard->lives()) occurrences_.push_back({life.sequence, life.order, rank, nullptr, &life});
    ++rank;
  }
  // Of one rank they lie in one vector. What waited for a hole comes under its packet's sequence
  // again, so that not even (sequence, order, rank) is of one alone.
  std::sort(occurrences_.begin(), occurrences_.end(), [](const Occurrence& a, const Occurrence& b) {
    return std::tie(a.sequence, a.order, a.rank, a.observation, a.life) < std::tie(b.sequence, b.order, b.rank, b.observation, b.life);
  });
  return occurrences_;
}

void FlowStage::use(const std::shared_ptr<const Matcher>& matcher, Scratch& scratch) {
  for (const auto& shard : shards_) shard->use(matcher, scratch);
  router_->use(matcher);
}

void FlowStage::hold_back(const std::vector<std::uint8_t>& suspended) {
  for (const auto& shard : shards_) shard->hold_back(suspended);
  router_->hold_back(suspended);
}

std::vector<std::uint64_t> FlowStage::held_back() const {
  std::vector<std::uint64_t> sum = router_->held_back();
  for (const auto& shard : shards_) {
    const std::vector<std::uint64_t>& part = shard->held_back();
    sum.resize(std::max(sum.size(), part.size()));
    for (std::size_t i = 0; i < part.size(); ++i) sum[i] += part[i];
  }
  return sum;
}

void FlowStage::begin_finish() {
  forget_collected();
  end_ = router_->end_context();
}
void FlowStage::finish_shard(std::size_t shard, Scratch& scratch) { shards_[shard]->finish(end_, scratch); }

Timestamp FlowStage::now() const { return router_->clock().now(); }

Coverage FlowStage::coverage() const {
  Coverage coverage = router_->coverage();
  for (const auto& shard : shards_) shard->add_to(coverage);
  coverage.tls_sessions_known = secrets_.sessions();
  coverage.key_log_lines_unread = secrets_.unreadable_lines() + secrets_.refused_lines();
  return coverage;
}

}  // namespace scanner

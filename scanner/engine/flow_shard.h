// One virtual shard of the flow stage: its flows, their parsers and their pattern streams.
#pragma once

#include "scanner/engine/field_scan.h"
#include "scanner/engine/flow_shapes.h"
#include "scanner/engine/flow_stage.h"
#include "scanner/packet/flow_tracker.h"

#include <array>
#include <memory>
#include <optional>
#include <vector>

namespace scanner {

struct Moment;

// One thread at a time; shards share nothing but the immutable matcher and, while they run,
// the secrets that nobody changes then.
class FlowShard final : public FlowEvents, public ObservationSink, public ShapeSink {
 public:
  FlowShard(const FlowStageLimits& limits, std::uint64_t id_base, std::shared_ptr<const Matcher> matcher, const TlsSecrets& secrets);
  ~FlowShard() override;

  // `decoded` is copied, the bytes it points to are not.
  void enqueue(const Decoded& decoded, const PacketContext& context, bool clock_corrected);
  // Nothing came up to then that is this shard's: what is due by time falls due.
  void enqueue_time(const PacketContext& context) {
    queue_.push_back({});
    queue_.back().context = context;
    queue_.back().time_alone = true;
  }
  bool has_work() const { return !queue_.empty(); }
  void run(Scratch& scratch);
  void finish(const PacketContext& end, Scratch& scratch);
  // Other rules from the next packet on; `scratch` is of the new matcher. Flows keep what their
  // parsers know; their streams are searched on by the new rules.
  void use(std::shared_ptr<const Matcher> matcher, Scratch& scratch);
  // FieldScan::hold_back, for streams too.
  void hold_back(const std::vector<std::uint8_t>& suspended) { fields_.hold_back(suspended); }
  const std::vector<std::uint64_t>& held_back() const { return fields_.held_back(); }
  // What was observed and the steps in flows' lives, each in the order of (sequence, order).
  const std::vector<Observation>& observations() const { return out_; }
  const std::vector<FlowLife>& lives() const { return lives_; }
  void forget_collected() {
    out_.clear();
    lives_.clear();
  }
  void add_to(Coverage& coverage) const;

 private:
  struct Queued {
    Decoded decoded;
    PacketContext context;
    std::uint32_t ticket = 0;  // FlowTracker::announce()
    bool clock_corrected = false;
    bool time_alone = false;
  };
  class Work;  // what hangs on a flow that carried payload

  // The bounded prefix of one stream that the signatures are searched in.
  struct Prefix {
    std::unique_ptr<StreamMatch> search;  // null: not begun, or done
    bool done = false;
    std::uint16_t behind = 0;  // bytes that were searched before the flow was let go
  };
  void rejoin(std::array<Prefix, 2>& prefix, const Flow& flow, const Matcher& matcher, Scratch& scratch);
  void follow(Flow& flow, const DialectSet* forgotten, const Matcher& matcher, Scratch& scratch);

  Work& work_of(Flow& flow);
  std::optional<FlowRemains> remains_of(Work& work) const;
  void give_back_searches(Work& work);
  void search_prefix(Work& work, Prefix& prefix, Direction direction, Bytes bytes, const Moment& moment);
  // Searches of ended streams are used again: opening one costs more than most prefixes.
  std::unique_ptr<StreamMatch> take_search(Direction direction, MatchFacts facts);
  void give_back(Direction direction, std::unique_ptr<StreamMatch> search);
  void settle(Flow& flow, Work& work);

  void on_opened(Flow& flow, const PacketContext&) override { shapes_.opened(flow); }
  void on_bytes(Flow& flow, Direction direction, Bytes bytes, std::uint64_t offset, const PacketContext& packet) override;
  void on_gap(Flow& flow, Direction direction, std::uint64_t missing, const PacketContext& packet) override;
  void on_datagram(Flow& flow, Direction direction, Bytes bytes, const PacketContext& packet) override;
  void on_acknowledged(Flow& flow, Direction direction, std::uint64_t offset, const PacketContext& packet) override;
  void on_payload(Flow& flow, Direction direction, const PayloadSeen& payload, const PacketContext& packet) override;
  void on_said_all(Flow& flow) override;
  void on_closed(Flow& flow, FlowEnd end, const PacketContext& packet) override;
  void on_life(const Flow& flow, const FlowLife& life) override;
  void take(Observation&& observation) override;
  void take_shape(Flow& flow, Observation&& observation) override;
  void tell(Observation&& observation);
  std::uint32_t next_order(std::uint64_t sequence);

  std::shared_ptr<const Matcher> matcher_;
  // What new conversations speak, and what those of before the last change of it do.
  std::shared_ptr<const DialectSet> dialects_, older_dialects_;
  std::uint32_t prefix_bytes_;
  FieldScan fields_;
  TlsKeyring keyring_;
  FlowShapes shapes_;
  FlowTracker tracker_;
  std::vector<Queued> queue_;
  std::vector<Observation> out_;
  std::vector<FlowLife> lives_;
  std::vector<SignatureMatch> matches_;
  std::vector<std::unique_ptr<StreamMatch>> idle_searches_[2];
  Scratch* scratch_ = nullptr;
  Work* at_work_ = nullptr;  // whose bytes are being read
  const PortSet* pool_ports_;
  std::uint64_t order_sequence_ = 0;  // the packet that `order_` counts for
  std::uint32_t order_ = 0;
  bool clock_corrected_ = false;
  bool passed_on_ = false;  // since the last settle()
  std::uint64_t gave_up_ = 0;
};

}  // namespace scanner

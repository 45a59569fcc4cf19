// The shapes of those flows of a shard that could be a hidden conversation: which are followed,
// when it is told what was seen of them, and who gives way.
//
// A TCP flow is looked at after its first 20 packets, and after 40, 80 and so on: is it slow
// enough to be a conversation, do both sides speak, has it lasted two seconds? From then on its
// shape is followed. Told 1, 3, 5, 10 and 15 minutes after the flow's first packet, every ten
// minutes from then on, and at its end: only of flows whose bytes look encrypted or compressed
// and on which something was asked and answered three times.
//
// Memory: at most one flow in twenty of the shard's table, 256 bytes each. Where there is no room,
// the flow that spoke least recently goes, in O(1), told as it stands; no address of the hashed
// sixty-four holds more than a quarter.
#pragma once

#include "scanner/model/number_list.h"
#include "scanner/model/observation.h"
#include "scanner/packet/flow_tracker.h"
#include "scanner/protocol/traffic_shape.h"

#include <array>
#include <cstdint>
#include <vector>

namespace scanner {

class ShapeSink {
 public:
  virtual ~ShapeSink() = default;
  // A ShapeSeen of this flow.
  virtual void take_shape(Flow& flow, Observation&& observation) = 0;
};

class FlowShapes {
 public:
  // `out` outlives it. `max_flows`: of the shard's table.
  FlowShapes(std::uint32_t max_flows, ShapeSink& out);

  void opened(Flow& flow);
  void payload(Flow& flow, Direction sender, const PayloadSeen& payload, const PacketContext& packet);
  // It is known what is said on it: nothing more is told of it.
  void drop(Flow& flow);
  void closed(Flow& flow, const PacketContext& packet);

  std::size_t size() const { return by_payload_.size(); }
  std::size_t capacity() const { return capacity_; }

 private:
  static constexpr std::size_t kBuckets = 64;
  struct Slot {
    TrafficShape shape;
    Flow* flow = nullptr;
    NumberLinks<std::uint16_t> links;
    std::uint32_t told = 0;  // event times that have passed
  };
  static_assert(sizeof(Slot) <= 256);

  std::uint16_t& held_by_address_of(const Flow& flow);
  bool follow(Flow& flow, const PacketContext& packet);
  void tell(const Slot& slot, bool over, const PacketContext& packet);
  void release(std::uint16_t number);
  auto links() {
    return [this](std::uint16_t number) -> NumberLinks<std::uint16_t>& { return slots_[number].links; };
  }

  ShapeSink& out_;
  std::size_t capacity_;
  std::vector<Slot> slots_;
  std::vector<std::uint16_t> free_;
  std::array<std::uint16_t, kBuckets> held_{};
  NumberList<std::uint16_t> by_payload_;  // the one that spoke least recently first
};

}  // namespace scanner

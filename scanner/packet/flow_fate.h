// What becomes of flows, as steps in their lives (model/flow_life.h): one shard's share.
//
// Costs two comparisons a packet. Private to the flow tracker.
#pragma once

#include "scanner/packet/answer_queue.h"
#include "scanner/packet/flow_table.h"

#include <vector>

namespace scanner {

class FlowFate {
 public:
  // `limits`, `table` and `events` outlive it.
  FlowFate(const FlowLimits& limits, FlowTable& table, FlowEvents& events)
      : limits_(limits), table_(table), events_(events), waiting_(limits.max_flows) {}

  // The first packet of a flow, sent in direction `d`.
  void opened(FlowEntry& entry, Direction d, const Decoded& packet, const PacketContext& context);
  // Every packet, the first too, after it was counted.
  void counted(FlowEntry& entry, Direction d, const Decoded& packet, const PacketContext& context) {
    if (!entry.fate_told && d == Direction::FromResponder) answered(entry, packet, context);
    const bool datagram = entry.flow.ref.tuple.protocol != IpProtocol::Tcp;
    if (datagram || entry.flow.counters.packets[static_cast<std::size_t>(opposite(d))] == 0) measure(entry, d, packet, context);
  }
  // When advance() has something to do.
  Timestamp due() const { return waiting_.due(); }
  void advance(const PacketContext& context);
  void closed(FlowEntry& entry, FlowEnd end, const PacketContext& context);

 private:
  void answered(FlowEntry& entry, const Decoded& packet, const PacketContext& context);
  void unanswered(FlowEntry& entry, bool run_ended, const PacketContext& context);
  void measure(FlowEntry& entry, Direction d, const Decoded& packet, const PacketContext& context);
  void tell_repeated(const FlowEntry& entry, const PacketContext& context);
  void tell_volume(FlowEntry& entry, const PacketContext& context);
  void tell(const FlowEntry& entry, LifeStep step, bool run_ended, const PacketContext& context);

  const FlowLimits& limits_;
  FlowTable& table_;
  FlowEvents& events_;
  AnswerQueue waiting_;
  // By FlowEntry::number: may still wait. Spares a look at entries that are long answered and far
  // from the processor's cache; numbers are used again, so that what is set has to be looked at.
  std::vector<bool> may_wait_;
};

}  // namespace scanner

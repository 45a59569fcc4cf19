#include "scanner/packet/flow_fate.h"

#include <algorithm>
#include <bit>

namespace scanner {
namespace {

constexpr std::size_t kOut = static_cast<std::size_t>(Direction::FromInitiator), kBack = static_cast<std::size_t>(Direction::FromResponder);
constexpr Duration kWindow = std::chrono::seconds(1);
constexpr std::uint16_t kEchoRequest = 8, kEchoRequest6 = 128;
// A datagram flow is told at its end where it grew so much on the way back.
constexpr std::uint64_t kGrowth = 3, kGrownBytes = 1024;

// Does a first packet ask for an answer? A SYN, or a segment that belongs to nothing and
// carries nothing, as probes do; a datagram; an echo request.
bool asks(const Decoded& packet) {
  const FiveTuple& tuple = packet.tuple;
  switch (tuple.protocol) {
    case IpProtocol::Tcp: return packet.tcp.syn ? !packet.tcp.ack : !packet.tcp.rst && packet.payload.empty() && packet.payload_cut == 0;
    case IpProtocol::Udp: return true;
    case IpProtocol::Icmp: return tuple.source.port == kEchoRequest;
    case IpProtocol::Icmp6: return tuple.source.port == kEchoRequest6;
    case IpProtocol::Sctp: break;
  }
  return false;
}

// The initiator talks on to somebody whose packets were not captured.
bool heard_elsewhere(const FlowEntry& entry) {
  const Flow& flow = entry.flow;
  if (flow.ref.tuple.protocol != IpProtocol::Tcp) return false;
  return flow.counters.bytes[kOut] != 0 || (flow.ref.start_seen && entry.tcp.beyond_syn);
}

// What every step says; `packets` and `bytes` by Direction.
template <typename Packets>
FlowLife step_of(const Flow& flow, LifeStep step, const Packets& packets, const std::uint64_t (&bytes)[2], const PacketContext& context) {
  FlowLife life;
  life.at = context.at;
  life.last = flow.last_seen;
  life.sequence = context.sequence;
  life.step = step;
  life.flow = flow.ref;
  for (const std::size_t side : {kOut, kBack}) {
    life.packets[side] = packets[side];
    life.bytes[side] = bytes[side];
  }
  return life;
}

}  // namespace

void FlowFate::opened(FlowEntry& entry, Direction d, const Decoded& packet, const PacketContext& context) {
  entry.first_frame = context.frame;
  entry.first_file = context.file;
  entry.fate_told = d != Direction::FromInitiator || !asks(packet);
  if (entry.fate_told && packet.tuple.protocol == IpProtocol::Tcp && packet.tcp.syn && packet.tcp.ack) tell(entry, LifeStep::Unasked, false, context);
  if (entry.fate_told) return;
  waiting_.push({entry.flow.ref.id, context.at + limits_.answer_patience, entry.number});
  if (entry.number >= may_wait_.size()) may_wait_.resize(std::max<std::size_t>(entry.number + 1, 2 * may_wait_.size()));
  may_wait_[entry.number] = true;
}

void FlowFate::answered(FlowEntry& entry, const Decoded& packet, const PacketContext& context) {
  entry.fate_told = true;
  may_wait_[entry.number] = false;
  const bool refused = packet.tuple.protocol == IpProtocol::Tcp && packet.tcp.rst;
  tell(entry, refused ? LifeStep::Refused : LifeStep::Answered, false, context);
}

void FlowFate::unanswered(FlowEntry& entry, bool run_ended, const PacketContext& context) {
  entry.fate_told = true;
  if (!heard_elsewhere(entry)) tell(entry, LifeStep::Unanswered, run_ended, context);
}

void FlowFate::advance(const PacketContext& context) {
  while (waiting_.due() <= context.at) {
    const AnswerQueue::Entry waited = waiting_.front();
    waiting_.pop();
    if (!may_wait_[waited.number]) continue;
    FlowEntry& entry = table_.entry(waited.number);
    if (entry.flow.ref.id != waited.flow || entry.fate_told) continue;
    may_wait_[waited.number] = false;
    unanswered(entry, false, context);
  }
}

void FlowFate::measure(FlowEntry& entry, Direction d, const Decoded& packet, const PacketContext& context) {
  FlowWindow& window = entry.window;
  if (context.at >= window.until) {
    tell_volume(entry, context);
    window = {context.at + kWindow, {0, 0}, {0, 0}};
  }
  ++window.packets[static_cast<std::size_t>(d)];
  window.bytes[static_cast<std::size_t>(d)] += packet.payload.size();
  if (d == Direction::FromResponder && packet.tcp.syn) tell_repeated(entry, context);
}

void FlowFate::tell_repeated(const FlowEntry& entry, const PacketContext& context) {
  const FlowCounters& counted = entry.flow.counters;
  const std::uint64_t answers = counted.packets[kBack];
  if (entry.flow.ref.tuple.protocol == IpProtocol::Tcp && answers >= kRepeatedAnswers && std::has_single_bit(answers) && counted.packets[kOut] == 0 && counted.bytes[kBack] == 0)
    tell(entry, LifeStep::Unasked, false, context);
}

void FlowFate::tell_volume(FlowEntry& entry, const PacketContext& context) {
  const FlowWindow& window = entry.window;
  if (std::max(window.packets[kOut], window.packets[kBack]) < limits_.volume_packets) return;
  FlowLife life = step_of(entry.flow, LifeStep::Volume, window.packets, window.bytes, context);
  life.from = window.until - kWindow;
  life.frame = context.frame;
  life.file = context.file;
  events_.on_life(entry.flow, life);
}

void FlowFate::closed(FlowEntry& entry, FlowEnd end, const PacketContext& context) {
  const Flow& flow = entry.flow;
  const bool run_ended = end == FlowEnd::RunEnded;
  if (!entry.fate_told) unanswered(entry, run_ended, context);
  tell_volume(entry, context);
  const auto& [packets, bytes, gaps, conflicts] = flow.counters;
  const bool tcp = flow.ref.tuple.protocol == IpProtocol::Tcp;
  const bool told = tcp && limits_.told_ports && (*limits_.told_ports)[flow.ref.tuple.destination.port] && bytes[kOut] != 0 && bytes[kBack] != 0;
  const bool grew = !tcp && bytes[kBack] >= kGrownBytes && bytes[kBack] >= kGrowth * bytes[kOut];
  if (told || grew) tell(entry, LifeStep::Ended, run_ended, context);
}

void FlowFate::tell(const FlowEntry& entry, LifeStep step, bool run_ended, const PacketContext& context) {
  const Flow& flow = entry.flow;
  FlowLife life = step_of(flow, step, flow.counters.packets, flow.counters.bytes, context);
  life.from = flow.first_seen;
  life.frame = entry.first_frame;
  life.file = entry.first_file;
  life.run_ended = run_ended;
  events_.on_life(flow, life);
}

}  // namespace scanner

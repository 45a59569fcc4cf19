// A sequence of packets of a few TCP and UDP flows, with limits so small that every one is
// reached: what is delivered has no holes but the gaps that were reported, every flow that
// opens closes, and the table stays within its limit.
#include "scanner/packet/flow_tracker.h"

#include <algorithm>
#include <cstdlib>
#include <map>

using namespace scanner;

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

class Auditor : public FlowEvents {
 public:
  std::uint8_t mood = 0;  // decides which flows lose interest

  void on_opened(Flow& flow, const PacketContext&) override {
    check(open_.emplace(flow.ref.id, State{&flow}).second);
    flow.watches_acknowledgements = true;
  }
  void on_bytes(Flow& flow, Direction d, Bytes bytes, std::uint64_t offset, const PacketContext&) override {
    State& state = open_.at(flow.ref.id);
    const auto i = static_cast<std::size_t>(d);
    check(!bytes.empty() && flow.wanted[i]);
    check(state.interrupted[i] ? offset >= state.next[i] : offset == state.next[i] || !state.begun[i]);
    state.begun[i] = true;
    state.interrupted[i] = false;
    state.next[i] = offset + bytes.size();
    if ((mood & 7) == 1) {
      flow.wanted[i] = false;
      state.interrupted[i] = true;
    }
  }
  void on_gap(Flow& flow, Direction d, std::uint64_t missing, const PacketContext&) override {
    const auto i = static_cast<std::size_t>(d);
    State& state = open_.at(flow.ref.id);
    check(missing != 0 && flow.wanted[i]);
    state.next[i] += missing;
    // Behind an interruption, or first in a stream, nobody knows where a gap begins.
    if (!state.begun[i]) state.interrupted[i] = true;
  }
  void on_datagram(Flow& flow, Direction, Bytes, const PacketContext&) override { check(open_.contains(flow.ref.id)); }
  void on_acknowledged(Flow& flow, Direction d, std::uint64_t offset, const PacketContext&) override {
    std::uint64_t& acknowledged = open_.at(flow.ref.id).acknowledged[static_cast<std::size_t>(d)];
    check(offset > acknowledged);
    acknowledged = offset;
  }
  void on_closed(Flow& flow, FlowEnd, const PacketContext&) override { check(open_.erase(flow.ref.id) == 1); }

  std::size_t open() const { return open_.size(); }
  void want_all_again() {
    for (auto& [id, state] : open_) state.flow->wanted[0] = state.flow->wanted[1] = true;
  }

 private:
  struct State {
    Flow* flow;
    std::uint64_t next[2] = {0, 0}, acknowledged[2] = {0, 0};
    bool begun[2] = {false, false}, interrupted[2] = {false, false};
  };
  std::map<std::uint64_t, State> open_;
};

Decoded packet_of(Cursor& in) {
  Decoded packet;
  packet.status = DecodeStatus::Ok;
  const std::uint8_t kind = in.u8(), flags = in.u8();
  packet.tuple.source = {IpAddress::v4(0xc0000201U), static_cast<std::uint16_t>(40000 + kind % 5)};
  packet.tuple.destination = {IpAddress::v4(0xc6336402U), 3333};
  packet.tuple.protocol = (kind & 0x70) == 0x70 ? IpProtocol::Udp : IpProtocol::Tcp;
  const bool back = (kind & 0x80) != 0;
  if (back) packet.tuple = packet.tuple.reversed();
  if (packet.tuple.protocol == IpProtocol::Tcp) {
    packet.tcp.fin = (flags & 1) != 0;
    packet.tcp.syn = (flags & 2) != 0;
    packet.tcp.rst = (flags & 12) == 12;
    packet.tcp.ack = (flags & 16) != 0;
    const std::uint32_t base = (flags & 32) != 0 ? in.be32() : back ? 0xffffff80U : 1000U;
    const std::uint32_t other = (flags & 64) != 0 ? in.be32() : back ? 1000U : 0xffffff80U;
    packet.tcp.sequence = base + in.be16();
    packet.tcp.acknowledgement = other + in.be16();
  }
  if ((flags & 128) != 0) packet.payload_cut = in.u8();
  packet.payload = in.take(std::min<std::size_t>(in.u8(), in.remaining()));
  return packet;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FlowLimits limits;
  limits.max_flows = 4;
  limits.max_pending_bytes = 2048;
  limits.max_pending_bytes_per_shard = 4096;
  Auditor auditor;
  FlowTracker tracker(limits, 0, auditor);
  Cursor in(Bytes(data, size));
  PacketContext context;
  context.at = {1'700'000'000'000'000'000};
  while (in.remaining() > 4) {
    const std::uint8_t step = in.u8();
    context.at = context.at + std::chrono::milliseconds(step < 250 ? step : step * 10'000);
    ++context.sequence;
    ++context.frame;
    auditor.mood = step;
    if ((step & 7) == 2) auditor.want_all_again();
    tracker.feed(packet_of(in), context);
    check(tracker.size() <= limits.max_flows && tracker.size() == auditor.open());
  }
  tracker.finish(context);
  check(tracker.size() == 0 && auditor.open() == 0);
  return 0;
}

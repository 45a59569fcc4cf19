#include "tests/unit/packet/flow_recorder.h"

namespace scanner::test {
namespace {

std::size_t index(Direction d) { return static_cast<std::size_t>(d); }

}  // namespace

std::string SeenFlow::text(Direction d) const {
  std::string all;
  auto gap = gaps[index(d)].begin();
  const auto add_gaps_before = [&](std::uint64_t offset) {
    for (; gap != gaps[index(d)].end() && gap->offset < offset; ++gap) all += "[" + std::to_string(gap->missing) + "]";
  };
  for (const SeenBytes& part : bytes[index(d)]) {
    add_gaps_before(part.offset);
    all += part.text;
  }
  add_gaps_before(UINT64_MAX);
  return all;
}

SeenFlow& FlowRecorder::seen(const Flow& flow) {
  SeenFlow& found = flows.at(static_cast<std::size_t>(flow.ref.id - 1));
  found.ref = flow.ref;
  return found;
}

void FlowRecorder::on_opened(Flow& flow, const PacketContext&) {
  flows.emplace_back();
  flow.watches_acknowledgements = watch_acknowledgements;
  open[flow.ref.id] = &flow;
  seen(flow);
}

void FlowRecorder::on_bytes(Flow& flow, Direction d, Bytes bytes, std::uint64_t offset, const PacketContext& packet) {
  seen(flow).bytes[index(d)].push_back({offset, std::string(as_text(bytes)), packet.at, packet.frame});
  next_[index(d)][flow.ref.id] = offset + bytes.size();
  if (offset + bytes.size() >= enough) flow.wanted[index(d)] = false;
}

void FlowRecorder::on_gap(Flow& flow, Direction d, std::uint64_t missing, const PacketContext&) {
  std::uint64_t& next = next_[index(d)][flow.ref.id];
  seen(flow).gaps[index(d)].push_back({next, missing});
  next += missing;
}

void FlowRecorder::on_datagram(Flow& flow, Direction d, Bytes bytes, const PacketContext&) {
  seen(flow).datagrams[index(d)].emplace_back(as_text(bytes));
}

void FlowRecorder::on_acknowledged(Flow& flow, Direction d, std::uint64_t offset, const PacketContext&) {
  seen(flow).acknowledged[index(d)].push_back(offset);
}

void FlowRecorder::on_closed(Flow& flow, FlowEnd end, const PacketContext&) {
  SeenFlow& closed = seen(flow);
  closed.end = end;
  closed.counters = flow.counters;
  open.erase(flow.ref.id);
}

FlowRun& FlowRun::feed(const Buffer& packet, Timestamp at, std::size_t captured) {
  now = at;
  Decoded decoded;
  decode(packet_of(packet, LinkType::Ethernet, captured), decoded);
  ++frame;
  tracker.feed(decoded, {at, frame, frame, 0});
  return *this;
}

FlowRun& FlowRun::feed(const TcpDialogue& talk) { return feed(talk, talk.segments); }

FlowRun& FlowRun::feed(const TcpDialogue& talk, const std::vector<TcpSegment>& segments) {
  for (const TcpSegment& segment : segments) feed(talk, segment);
  return *this;
}

FlowRun& FlowRun::advance(Duration duration) {
  now = now + duration;
  tracker.advance({now, frame, 0, 0});
  return *this;
}

FlowRun& FlowRun::finish() {
  tracker.finish({now, frame, 0, 0});
  return *this;
}

}  // namespace scanner::test

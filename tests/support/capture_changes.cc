#include "tests/support/capture_changes.h"

#include "scanner/io/capture_source.h"
#include "scanner/io/capture_writer.h"
#include "scanner/packet/decode.h"
#include "tests/support/packet_builder.h"
#include "tools/trafficgen/random.h"

#include <algorithm>
#include <stdexcept>

namespace scanner::test {
namespace {

Packet view_of(const trafficgen::OwnedPacket& packet) {
  Packet view;
  view.at = packet.at;
  view.data = packet.data;
  view.original_length = packet.original_length;
  view.link = packet.link;
  return view;
}

// One piece of a segment in headers of its own.
trafficgen::OwnedPacket piece_of(const Decoded& segment, Timestamp at, std::size_t begin, std::size_t end,
                                 std::size_t captured) {
  const bool first = begin == 0, last = end == segment.payload.size() + segment.payload_cut;
  std::string flags;
  if (segment.tcp.ack) flags += 'A';
  if (segment.tcp.psh) flags += 'P';
  if (segment.tcp.rst && last) flags += 'R';
  if (segment.tcp.syn && first) flags += 'S';
  if (segment.tcp.fin && last) flags += 'F';
  PacketBuilder builder;
  builder.ethernet();
  if (segment.outer_vlan != 0) builder.vlan(segment.outer_vlan);
  if (segment.vni != 0) builder.ip("203.0.113.1", "203.0.113.2").vxlan(segment.vni).ethernet();
  builder.ip(segment.tuple.source.address.to_string(), segment.tuple.destination.address.to_string());
  const auto advance = static_cast<std::uint32_t>(begin + (segment.tcp.syn && !first ? 1 : 0));
  builder.tcp(segment.tuple.source.port, segment.tuple.destination.port,
              {.sequence = segment.tcp.sequence + advance,
               .acknowledgement = segment.tcp.acknowledgement,
               .flags = flags,
               .window = segment.tcp.window});
  Buffer payload(segment.payload.begin() + static_cast<std::ptrdiff_t>(std::min(begin, captured)),
                 segment.payload.begin() + static_cast<std::ptrdiff_t>(std::min(end, captured)));
  const std::size_t cut = end - begin - payload.size();
  payload.resize(end - begin);  // what the snaplen cut off was there on the wire
  builder.payload(Bytes(payload));

  trafficgen::OwnedPacket packet;
  packet.at = at;
  packet.data = builder.build();
  packet.original_length = static_cast<std::uint32_t>(packet.data.size());
  packet.data.resize(packet.data.size() - cut);
  return packet;
}

void cut_packet(const trafficgen::OwnedPacket& packet, trafficgen::Random& random, Packets& out) {
  Decoded segment;
  decode(view_of(packet), segment);
  const std::size_t captured = segment.payload.size();
  if (segment.status != DecodeStatus::Ok || segment.tuple.protocol != IpProtocol::Tcp || captured < 2) {
    out.push_back(packet);
    return;
  }
  const std::size_t size = captured + segment.payload_cut;
  for (std::size_t begin = 0; begin < size;) {
    const std::size_t most = random.chance(0.2) ? 3 : 400;
    const std::size_t end = std::min(size, begin + 1 + random.below(most));
    // The part that was not captured stays in one piece.
    out.push_back(piece_of(segment, packet.at, begin, end > captured ? size : end, captured));
    begin = end > captured ? size : end;
  }
}

}  // namespace

Packets read_packets(const std::vector<std::string>& paths) {
  auto source = open_captures(paths);
  if (!source) throw std::runtime_error(source.error().message);
  Packets packets;
  EventBatch batch;
  while (true) {
    const auto status = (*source)->next(batch);
    if (!status) return packets;
    for (const Event& event : batch.events) {
      if (event.kind != EventKind::Packet) continue;
      const Packet& packet = event.packet;
      packets.push_back({packet.at, {packet.data.begin(), packet.data.end()}, packet.original_length, packet.link});
    }
    if (*status == SourceStatus::End) return packets;
  }
}

void write_packets(const std::string& path, const Packets& packets) {
  auto writer = CaptureWriter::create(path);
  if (!writer) throw std::runtime_error(writer.error().message);
  for (const auto& packet : packets)
    if (const auto written = writer->write(view_of(packet)); !written)
      throw std::runtime_error(written.error().message);
  if (const auto closed = writer->close(); !closed) throw std::runtime_error(closed.error().message);
}

Packets recut(const Packets& packets, std::uint64_t seed) {
  trafficgen::Random random(seed);
  Packets out;
  for (const auto& packet : packets) cut_packet(packet, random, out);
  return out;
}

std::pair<Packets, Packets> split_in_turn(const Packets& packets) {
  std::pair<Packets, Packets> halves;
  bool first = true;
  for (const auto& packet : packets) {
    (first ? halves.first : halves.second).push_back(packet);
    first = !first;
  }
  return halves;
}

std::pair<Packets, Packets> split_by_pair(const Packets& packets) {
  std::pair<Packets, Packets> halves;
  for (const auto& packet : packets) {
    Decoded decoded;
    decode(view_of(packet), decoded);
    const auto hash = symmetric_hash(decoded.tuple.source.address, decoded.tuple.destination.address);
    (hash % 2 == 0 ? halves.first : halves.second).push_back(packet);
  }
  return halves;
}

}  // namespace scanner::test

#include "tools/bench/shapes/watch.h"

#include <algorithm>

namespace shapes {

using namespace scanner;

namespace {

constexpr std::uint32_t kOneSlot = 20;
constexpr std::int64_t kStart = 1'700'000'000'000'000'000;
constexpr std::uint8_t kSealed[] = {23, 3, 3, 1, 0, 0, 0, 0, 0, 0, 0, 1};

}  // namespace

Watch::Watch() : book_(kOneSlot, *this), began_{kStart} {}

void Watch::take_shape(Flow&, Observation&& observation) {
  const auto& seen = std::get<ShapeSeen>(observation.what);
  told_.push_back({static_cast<double>((seen.until - began_).count()) / 60e9, seen});
}

const std::vector<Told>& Watch::follow(const std::vector<Message>& messages, Dress dress) {
  constexpr std::uint32_t kSegment = 1448;
  constexpr double kAcknowledged = 0.6;  // packets without payload, for each with
  told_.clear();
  Flow flow;
  flow.ref.tuple.protocol = IpProtocol::Tcp;
  flow.ref.start_seen = true;
  flow.first_seen = began_;
  flow.first_payload = 0;
  // The handshakes of TCP and TLS.
  const bool tls = dress != Dress::Obfuscated;
  flow.counters.packets[0] = tls ? 7 : 2;
  flow.counters.packets[1] = tls ? 6 : 1;
  flow.counters.bytes[0] = tls ? 600 : 0;
  flow.counters.bytes[1] = tls ? 2800 : 0;
  book_.opened(flow);
  std::uint32_t sequence[2] = {0, 0};
  double unpaid = 0;
  PacketContext packet;
  for (const Message& message : messages) {
    if (flow.payload_watch == kWatchNoPayload) break;
    const auto side = static_cast<std::size_t>(message.from);
    packet.at = Timestamp{kStart + static_cast<std::int64_t>(message.at * 1e9)};
    for (std::uint32_t left = message.bytes; left > 0;) {
      // Goods come in larger pieces, as behind a card that puts segments together.
      const std::uint32_t size = std::min(left, left > 16 * kSegment ? 16 * kSegment : kSegment);
      left -= size;
      packet.at = packet.at + std::chrono::microseconds(20);
      ++flow.counters.packets[side];
      flow.counters.bytes[side] += size;
      for (unpaid += kAcknowledged; unpaid >= 1; unpaid -= 1) ++flow.counters.packets[1 - side];
      const std::uint64_t packets = flow.counters.packets[0] + flow.counters.packets[1];
      if (flow.payload_watch == kWatchEveryPayload || (flow.payload_watch != kWatchNoPayload && packets >= std::uint64_t{20} << (flow.payload_watch - 1)))
        book_.payload(flow, message.from, {sequence[side], size, Bytes(kSealed)}, packet);
      sequence[side] += size;
    }
  }
  book_.closed(flow, packet);
  return told_;
}

}  // namespace shapes

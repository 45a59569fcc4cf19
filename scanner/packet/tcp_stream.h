// The two byte streams of a TCP connection (RFC 9293): order, holes, overlaps, loss.
//
// Policies, all of them indifferent to how the same bytes are cut into segments:
// - A segment in order is passed on without a copy. Others wait (waiting_bytes.h).
// - Overlaps: the first copy of a byte wins. Other bytes in a later copy are counted, against
//   all that waits and against the last RecentBytes::kCount that were delivered (of at most
//   kRecentStreams streams per shard); a keep-alive's one byte is not.
// - A hole is given up, reported and passed when the other side acknowledged all of it;
//   when what waits weighs max_pending_bytes, or one quarter of that where the other side
//   was never seen; when its bytes waited kHolePatience (kOneSidedPatience); when the
//   shard's waiting bytes exceed their limit, longest waiting first; when the flow ends.
// - Bytes that the snaplen cut are a gap at once.
// - Where the start was not seen, the first byte delivered has offset 0, or the point first
//   acknowledged if an acknowledgement was reported before. Bytes before the first point
//   that is known of a stream are not delivered.
// - Bytes more than kFarBehind before the expected ones are no retransmission, and those more
//   than 1 GiB after them are outside of any window: the stream jumped (2 GiB lost, a port
//   used again) or somebody forges. It is taken up there once such bytes were acknowledged
//   or kResyncBytes of them came in a row; what is between is a gap.
// - FIN and RST do not stop delivery: whoever goes on sending after one was not obeyed, and
//   a forged one must not blind the scanner. They only shorten the flow's idle time.
#pragma once

#include "scanner/packet/flow_tracker.h"
#include "scanner/packet/recent_bytes.h"
#include "scanner/packet/waiting_bytes.h"

#include <array>
#include <cstdint>
#include <memory>

namespace scanner {

inline constexpr std::uint32_t kFarBehind = 16 * 1024 * 1024;
inline constexpr std::uint32_t kResyncBytes = 64 * 1024;
inline constexpr Duration kHolePatience = std::chrono::seconds(60);
inline constexpr Duration kOneSidedPatience = std::chrono::seconds(3);
inline constexpr std::uint32_t kRecentStreams = 512;

struct TcpStream;

// What waits of one stream, and its place among all that waits in the shard.
struct TcpWaiting {
  Flow* flow = nullptr;
  TcpStream* stream = nullptr;
  Direction direction = Direction::FromInitiator;
  TcpWaiting* before = nullptr;
  TcpWaiting* after = nullptr;
  WaitingBytes bytes;
};

// One direction. `next` and `acked` are stream offsets.
struct TcpStream {
  std::uint64_t next = 0;   // of the next byte to deliver
  std::uint64_t acked = 0;  // by the other side
  std::uint32_t next_sequence = 0;
  std::uint32_t fin_sequence = 0;
  std::uint32_t stray_begin = 0;  // bytes far behind: [stray_begin, stray_end)
  std::uint32_t stray_end = 0;
  bool anchored = false;  // next_sequence is known
  bool firm = false;      // and will not be revised: a SYN, a delivery or a report rests on it
  bool syn_seen = false;
  bool fin_seen = false;
  std::unique_ptr<TcpWaiting> waiting;  // null: nothing waits
  std::unique_ptr<RecentBytes> recent;  // null: nothing kept

  // Of offset 0, in sequence space.
  std::uint32_t start() const { return next_sequence - static_cast<std::uint32_t>(next); }
  // Makes `sequence` offset 0.
  void anchor(std::uint32_t sequence, bool is_firm);
};

using TcpStreams = std::array<TcpStream, 2>;  // by Direction

}  // namespace scanner

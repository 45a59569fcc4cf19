// The two byte streams of a TCP connection (RFC 9293): order, holes, overlaps, loss.
//
// Policies, all of them indifferent to how the same bytes are cut into segments:
// - A segment in order is passed on without a copy. Others wait (waiting_bytes.h).
// - Overlaps: the first copy of a byte wins. Other bytes in a later copy are counted, against
//   all that waits and against the last kRecentBytes that were delivered (of at most
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
#include "scanner/packet/waiting_bytes.h"

#include <array>
#include <cstdint>
#include <memory>

namespace scanner {

inline constexpr std::uint32_t kFarBehind = 16 * 1024 * 1024;
inline constexpr std::uint32_t kResyncBytes = 64 * 1024;
inline constexpr Duration kHolePatience = std::chrono::seconds(60);
inline constexpr Duration kOneSidedPatience = std::chrono::seconds(3);
inline constexpr std::size_t kRecentBytes = 512;
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

// The last bytes delivered, from stream offset `begin` on: that at offset n is ring[n % kRecentBytes].
struct TcpRecent {
  std::uint64_t begin = 0;
  std::array<std::uint8_t, kRecentBytes> ring;
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
  std::unique_ptr<TcpRecent> recent;

  // Of offset 0, in sequence space.
  std::uint32_t start() const { return next_sequence - static_cast<std::uint32_t>(next); }
  // Makes `sequence` offset 0.
  void anchor(std::uint32_t sequence, bool is_firm);
};

using TcpStreams = std::array<TcpStream, 2>;  // by Direction

// Delivers the streams of a shard's flows to `events`. The streams stay where they are until
// forget() was called for them: those with waiting bytes are on a list.
class TcpReassembly {
 public:
  TcpReassembly(const FlowLimits& limits, FlowEvents& events, FlowTrackerCounters& counters);

  // A segment travelling in direction `d`, its acknowledgement first. RST segments are not
  // for here.
  void take(Flow& flow, TcpStreams& streams, Direction d, const Decoded& segment, const PacketContext& packet);

  // Gives up every hole and delivers what waits.
  void flush(Flow& flow, TcpStreams& streams, const PacketContext& packet);
  // Drops all that is kept for the streams.
  void forget(TcpStreams& streams);

 private:
  // Where a function works: one direction of one flow, on behalf of one packet.
  struct Site {
    Flow& flow;
    TcpStream& stream;
    Direction direction;
    const PacketContext& packet;

    bool wanted() const { return flow.wanted[static_cast<std::size_t>(direction)]; }
  };
  struct Piece {
    std::uint32_t sequence = 0;
    Bytes bytes;
    std::uint32_t cut = 0;

    std::uint32_t end() const { return sequence + static_cast<std::uint32_t>(bytes.size()); }
  };

  void take_acknowledgement(const Site& acked, const TcpStream& acking, const TcpFields& tcp);
  void take_bytes(const Site& site, const Piece& piece);
  void take_repeated(const Site& site, const Piece& piece, std::uint32_t behind);
  void take_stray(const Site& site, const Piece& piece);
  void take_fin(TcpStream& stream, std::uint32_t sequence);
  void resynchronise(const Site& site, std::uint32_t sequence);
  void pass_over(const Site& site, std::uint32_t end_sequence);

  void wait(const Site& site, std::uint64_t begin, const Piece& piece);
  void drain(const Site& site);
  void deliver_run(const Site& site, const WaitingBytes::Run& run);
  void deliver(const Site& site, Bytes bytes, const PacketContext& packet);
  void report_gap(const Site& site, std::uint64_t missing);
  bool is_due(const Site& site) const;
  void give_up_due_holes(const Site& site);
  void give_up_first_hole(const Site& site);
  void relieve_shard(const PacketContext& packet);
  TcpWaiting& waiting_of(const Site& site);
  void drop_waiting(TcpStream& stream);

  void remember(TcpStream& stream, std::uint64_t offset, Bytes bytes);
  void compare_with_recent(const Site& site, std::uint32_t behind, Bytes bytes);
  void forget_recent(TcpStream& stream);
  void count_conflicts(const Site& site, std::size_t bytes);

  const FlowLimits& limits_;
  FlowEvents& events_;
  FlowTrackerCounters& counters_;
  std::size_t weight_ = 0;          // of all that waits in the shard
  std::uint32_t recent_count_ = 0;  // streams with a TcpRecent
  TcpWaiting* longest_ = nullptr;   // what waits, longest waiting first
  TcpWaiting* shortest_ = nullptr;
};

}  // namespace scanner

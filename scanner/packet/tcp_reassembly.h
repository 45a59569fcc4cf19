// Makes ordered streams of TCP segments, by the policies that tcp_stream.h states.
#pragma once

#include "scanner/packet/tcp_stream.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace scanner {

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
  void forget_recent(TcpStream& stream);
  void count_conflicts(const Site& site, std::size_t bytes);

  const FlowLimits& limits_;
  FlowEvents& events_;
  FlowTrackerCounters& counters_;
  std::size_t weight_ = 0;          // of all that waits in the shard
  std::uint32_t recent_count_ = 0;  // streams with RecentBytes
  std::vector<std::unique_ptr<RecentBytes>> idle_recent_;  // of streams that are over: most are short
  TcpWaiting* longest_ = nullptr;   // what waits, longest waiting first
  TcpWaiting* shortest_ = nullptr;
};

}  // namespace scanner

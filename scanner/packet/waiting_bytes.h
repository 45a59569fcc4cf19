// Bytes of one direction of a TCP connection that wait behind a hole.
//
// Kept as runs between holes. The first copy of a byte stays; later copies with another
// value are counted. What counts against limits is weight(): the bytes and a fixed charge
// per run, so that an attacker who sends single bytes far apart pays for the bookkeeping.
// The weight depends on the bytes that wait and not on how they were cut into segments.
#pragma once

#include "scanner/model/bytes.h"
#include "scanner/packet/flow_tracker.h"

#include <cstdint>
#include <map>
#include <vector>

namespace scanner {

class WaitingBytes {
 public:
  // From stream offset `begin` on, the bytes came in this packet.
  struct Mark {
    std::uint64_t begin = 0;
    std::uint64_t sequence = 0;
    std::uint32_t frame = 0;
    std::uint16_t file = 0;
  };
  struct Run {
    std::uint64_t begin = 0;
    std::vector<std::uint8_t> bytes;
    std::vector<Mark> marks;  // ascending; the first at `begin`
    std::uint32_t cut = 0;    // bytes behind the run that its last packet held and the snaplen took
    Timestamp since;          // engine time at which its first byte came

    std::uint64_t end() const { return begin + bytes.size(); }
  };

  static constexpr std::size_t kRunCharge = 256;

  // Adds the bytes at stream offset `begin` that are not there yet; returns how many of the
  // others differ from the copy that is.
  std::size_t add(std::uint64_t begin, Bytes bytes, std::uint32_t cut, const PacketContext& packet);

  bool empty() const { return runs_.empty(); }
  std::size_t weight() const { return bytes_ + kRunCharge * runs_.size(); }
  const Run& first() const { return runs_.begin()->second; }
  std::uint64_t end() const { return runs_.rbegin()->second.end(); }
  Run take_first();

 private:
  void add_new(std::uint64_t begin, Bytes bytes, const PacketContext& packet);

  std::map<std::uint64_t, Run> runs_;  // by begin; disjoint; neighbours may touch
  std::size_t bytes_ = 0;
};

}  // namespace scanner

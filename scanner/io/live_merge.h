// What live sources read, put in order of time.
//
// Sources hand over what they saw with different delays: packets when the kernel closes a block,
// records of the host when somebody asks. So everything waits until it is `hold` old, by which
// time what happened before it has come too. The order is that of MergedSource: within a lane it
// stays what it is, between lanes the earliest time goes first, of equal ones the host's records,
// then the lane with the lower number.
//
// Memory is bounded: with more than kMaxHeldEvents events or `max_bytes` of packets waiting,
// nothing waits for its time any more, and the caller should take before it puts.
#pragma once

#include "scanner/model/event.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace scanner {

// Two clocks: what the events are stamped with, and one that nobody sets.
struct LiveTime {
  Timestamp wall;
  Duration steady{};
};

class LiveMerge {
 public:
  static constexpr std::size_t kMaxHeldEvents = 65536;
  static constexpr std::size_t kHostLane = 0;  // packets have the lanes from 1 on

  LiveMerge(Duration hold, std::size_t max_bytes) : hold_(hold), max_bytes_(max_bytes) {}

  // A batch that was read from the lane just now. Empty ones are ignored.
  void put(std::size_t lane, EventBatch&& batch, const LiveTime& now);
  // Appends what is due, until `out` holds `most` events. True: more is due.
  bool take(Duration steady, std::size_t most, EventBatch& out);
  // From now on everything is due, as when there is no room.
  void flush() { flushing_ = true; }

  bool full() const { return events_ > kMaxHeldEvents || bytes_ > max_bytes_; }
  bool empty() const { return events_ == 0; }
  // When the next event will be due; nothing where none waits.
  std::optional<Duration> due() const;

 private:
  struct Piece {
    EventBatch batch;
    std::size_t position = 0;
    LiveTime read;
    std::uint64_t shared_with = 0;  // the number of the take() that holds its blocks
  };
  struct Lane {
    std::size_t number = 0;
    std::deque<Piece> pieces;
  };
  struct Head {
    std::size_t place = 0;  // in lanes_
    Timestamp at;
    bool exists = false;
    bool before(const Head& other) const;
  };

  void earliest_two(Head& first, Head& second) const;
  void take_from(Lane& lane, EventBatch& out);
  Duration due_of(const Piece& piece) const;

  Duration hold_;
  std::size_t max_bytes_;
  std::vector<Lane> lanes_;  // by number; those that had something lately
  std::size_t events_ = 0, bytes_ = 0;
  std::uint64_t round_ = 0;
  bool flushing_ = false;
};

}  // namespace scanner

// Flows whose first packet waits for an answer, in the order in which they began.
//
// A ring that doubles up to `most` entries; beyond, the oldest is forgotten (what becomes of
// its flow is told when that ends). Every operation is O(1) but for growth. 24 bytes an entry.
#pragma once

#include "scanner/model/time.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace scanner {

class AnswerQueue {
 public:
  struct Entry {
    std::uint64_t flow = 0;  // its id: numbers are used again
    Timestamp due;
    std::uint32_t number = 0;  // in the flow table
  };

  explicit AnswerQueue(std::size_t most) : most_(std::max<std::size_t>(most, 1)) {}

  bool empty() const { return size_ == 0; }
  const Entry& front() const { return ring_[first_]; }
  void pop() {
    first_ = next(first_);
    --size_;
    due_ = empty() ? kNever : front().due;
  }
  void push(const Entry& entry) {
    if (size_ == ring_.size()) {
      if (size_ >= most_)
        pop();
      else
        grow();
    }
    std::size_t at = first_ + size_;
    if (at >= ring_.size()) at -= ring_.size();
    ring_[at] = entry;
    if (++size_ == 1) due_ = entry.due;
  }
  // When front() is due; nothing is due before the end of time otherwise.
  Timestamp due() const { return due_; }

 private:
  static constexpr Timestamp kNever{std::numeric_limits<std::int64_t>::max()};

  std::size_t next(std::size_t at) const { return at + 1 == ring_.size() ? 0 : at + 1; }
  void grow() {
    constexpr std::size_t kFirst = 64;
    std::vector<Entry> larger(std::min(most_, std::max(kFirst, ring_.size() * 2)));
    for (std::size_t i = 0, from = first_; i < size_; ++i, from = next(from)) larger[i] = ring_[from];
    ring_.swap(larger);
    first_ = 0;
  }

  std::size_t most_;
  std::vector<Entry> ring_;
  std::size_t first_ = 0, size_ = 0;
  Timestamp due_ = kNever;  // asked at every packet, while the ring is far from the processor
};

}  // namespace scanner

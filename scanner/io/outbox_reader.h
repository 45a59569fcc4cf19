// Reads an outbox from some record on, beside the one who writes it.
#pragma once

#include "scanner/io/outbox.h"

#include <cstdint>
#include <vector>

namespace scanner {

// One thread; several readers may read the same outbox, which outlives them.
class OutboxReader {
 public:
  // `next`: the sequence of the first record wanted, 1 or more.
  OutboxReader(Outbox& outbox, std::uint64_t next) : outbox_(outbox), next_(next) {}

  // The next durable records, in order: at most `records` of them, of about `bytes`; none where
  // all were read. Passes over what is damaged, what was changed after it was written (its
  // hash is wrong) and what was removed; the outbox hears of it, and sequences have a gap.
  // An Error: the disk refuses a read; the next call tries again.
  Result<std::vector<OutboxRecord>> read(std::size_t records, std::size_t bytes);

  std::uint64_t next() const { return next_; }  // all in front of it was given out or passed over

 private:
  bool find_segment(SegmentInfo& segment, std::uint64_t& end_sequence);
  void take(WalkStep& step, const SegmentInfo& segment, std::vector<OutboxRecord>& out, std::size_t& size);

  Outbox& outbox_;
  std::uint64_t next_;
  std::uint64_t segment_ = 0, offset_ = 0;  // where the record `next_` is looked for
  std::uint64_t at_offset_ = 0;             // the sequence expected there
};

}  // namespace scanner

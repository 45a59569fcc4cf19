// One segment of the outbox from its first record to its last, over all damage.
//
// The one place that decides where records are: recovery, delivery and verification ask it.
#pragma once

#include "scanner/io/outbox_record.h"

#include <cstdint>
#include <string>
#include <vector>

namespace scanner {

// "00000000000000000017.log", by the sequence of its first record.
std::string segment_name(std::uint64_t first_sequence);
std::optional<std::uint64_t> segment_sequence(std::string_view name);  // nothing: no such name

enum class WalkState : std::uint8_t {
  Record,
  Damage,  // bytes that are no record, with a record after them; or a record out of its place
  Torn,    // bytes at the end that are no record: a write that was cut off, or worse
  End,
};

struct WalkStep {
  WalkState state = WalkState::End;
  std::uint64_t offset = 0, size = 0;  // in the segment
  OutboxRecord record;                 // of a Record
  std::string why;                     // of Damage and Torn: one sentence's end, e.g. "the checksum is wrong"
};

class SegmentWalk {
 public:
  // `content` begins at `base` in the segment, at a record (kSegmentHeader or later), and
  // outlives the walk. `expected`: the sequence of the first record.
  SegmentWalk(Bytes content, std::uint64_t base, std::uint64_t expected) : content_(content), base_(base), expected_(expected) {}

  // Sequences of Records ascend; one that is greater than expected() was says that records are
  // missing in front of it. After Torn or End: End.
  WalkStep next();
  std::uint64_t expected() const { return expected_; }

 private:
  WalkStep damage(std::string why);

  Bytes content_;
  std::uint64_t base_ = 0, expected_ = 0;
  std::size_t at_ = 0;
};

}  // namespace scanner

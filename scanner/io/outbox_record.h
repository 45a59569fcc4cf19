// One record of the outbox, as bytes (scanner/docs/outbox.md has the form and an example).
//
// A frame finds damage (CRC-32) and says where the record ends; the chain finds changes: each
// record holds SHA-256 of its body and the hash of the record in front of it. Pure functions:
// any thread.
#pragma once

#include "scanner/model/bytes.h"
#include "scanner/model/digest.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

enum class RecordKind : std::uint8_t {
  Event = 1,       // of the engine
  Held = 2,        // an event kept back by the volume cap: stored and chained, not delivered
  Note = 3,        // what the outbox says of itself: a health event
  Checkpoint = 4,  // a health event with a signature over the chain so far
};

inline constexpr std::size_t kSegmentHeader = 52, kRecordHeader = 84;
inline constexpr std::size_t kMaxRecordBody = 4 * 1024 * 1024;

struct SegmentHeader {
  std::uint64_t first_sequence = 1;
  Sha256 previous{};  // the hash of the record before the first one; zeros before record 1
};

struct OutboxRecord {
  std::uint64_t sequence = 0;
  RecordKind kind = RecordKind::Event;
  Sha256 previous{};  // the hash of the record in front
  Sha256 content{};   // SHA-256 of the body
  std::string body;   // one event as JSON, on one line

  // SHA-256 over sequence, kind, previous and content: what the next record calls `previous`.
  Sha256 hash() const;
  std::size_t frame_size() const { return kRecordHeader + body.size(); }
};

void append_header(std::vector<std::uint8_t>& out, const SegmentHeader& header);
void append_record(std::vector<std::uint8_t>& out, const OutboxRecord& record);

std::optional<SegmentHeader> parse_header(Bytes bytes);

enum class FrameState : std::uint8_t {
  Whole,
  Short,  // the bytes end before the record does (or before its length can be known)
  Bad,    // the checksum, the kind or the length is wrong
};
struct Frame {
  FrameState state = FrameState::Short;
  std::size_t size = 0;  // of the frame, where it is Whole
  OutboxRecord record;
};
// The record at the beginning of `bytes`. Whole says that the frame is undamaged and not that
// the chain holds: compare `content` and `previous` for that.
Frame parse_record(Bytes bytes);

// The offset at which the next undamaged record begins whose sequence is `after` or more, from
// `from` on; nothing where there is none. Costs one pass: a checksum is computed only where
// a header is plausible.
std::optional<std::size_t> find_record(Bytes bytes, std::size_t from, std::uint64_t after);

}  // namespace scanner

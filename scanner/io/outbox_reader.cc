#include "scanner/io/outbox_reader.h"

#include <algorithm>
#include <utility>

namespace scanner {
namespace {

constexpr std::uint64_t kChunk = 256 * 1024;

}  // namespace

bool OutboxReader::find_segment(SegmentInfo& segment, std::uint64_t& end_sequence) {
  const std::uint64_t durable = outbox_.durable();
  const std::vector<SegmentInfo> segments = outbox_.segments();
  if (segments.empty() || next_ > durable) return false;
  next_ = std::max(next_, segments.front().first_sequence);
  std::size_t i = segments.size() - 1;
  while (segments[i].first_sequence > next_) --i;
  segment = segments[i];
  end_sequence = i + 1 < segments.size() ? segments[i + 1].first_sequence : durable + 1;
  if (segment_ != segment.first_sequence) {
    segment_ = at_offset_ = segment.first_sequence;
    offset_ = kSegmentHeader;
  }
  return true;
}

void OutboxReader::take(WalkStep& step, const SegmentInfo& segment, std::vector<OutboxRecord>& out, std::size_t& size) {
  OutboxRecord& record = step.record;
  at_offset_ = record.sequence + 1;
  if (record.sequence < next_) return;
  next_ = record.sequence + 1;
  if (sha256(as_bytes(record.body)) != record.content) {
    outbox_.quarantine({segment_name(segment.first_sequence), step.offset, step.size, record.sequence, record.sequence, "the record was changed: its hash is wrong"});
    return;
  }
  size += record.body.size();
  out.push_back(std::move(record));
}

Result<std::vector<OutboxRecord>> OutboxReader::read(std::size_t records, std::size_t bytes) {
  std::vector<OutboxRecord> out;
  std::size_t size = 0;
  std::uint64_t chunk = kChunk, end = 0;
  SegmentInfo segment;
  while (out.size() < records && size < bytes && find_segment(segment, end)) {
    const std::string name = segment_name(segment.first_sequence);
    const std::uint64_t left = segment.bytes > offset_ ? segment.bytes - offset_ : 0;
    const auto content = outbox_.world().disk->read(outbox_.options().directory + "/" + name, offset_, std::min(chunk, left));
    if (!content) {
      if (outbox_.segments().front().first_sequence > segment.first_sequence) continue;  // removed meanwhile
      return fail(content.error().message);
    }
    const bool whole = content->size() >= left || content->size() < std::min(chunk, left);  // nothing more can come
    SegmentWalk walk(as_bytes(*content), offset_, at_offset_);
    for (WalkStep step = walk.next(); out.size() < records && size < bytes; step = walk.next()) {
      if (step.state == WalkState::Record) {
        offset_ = step.offset + step.size;
        take(step, segment, out, size);
        continue;
      }
      if (step.state == WalkState::Damage) {
        outbox_.quarantine({name, step.offset, step.size, 0, 0, step.why});
        offset_ = step.offset + step.size;
        continue;
      }
      if (step.state == WalkState::Torn && whole) outbox_.quarantine({name, step.offset, step.size, at_offset_, end - 1, step.why});
      if (whole && next_ < end) next_ = end;  // no more records are in it
      chunk = step.state == WalkState::Torn ? chunk * 4 : kChunk;
      break;
    }
  }
  return out;
}

}  // namespace scanner

#include "scanner/io/outbox_record.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <zlib.h>

namespace scanner {
namespace {

constexpr std::array<std::uint8_t, 8> kMagic{'A', 'U', 'P', 'O', 'U', 'T', 'B', 1};
// A sequence that far beyond the expected one is damage and no record.
constexpr std::uint64_t kMaxSkip = std::uint64_t{1} << 32;

void put(std::vector<std::uint8_t>& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void put(std::vector<std::uint8_t>& out, Bytes bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

std::uint32_t checksum(Bytes bytes) {
  return static_cast<std::uint32_t>(::crc32(::crc32(0, nullptr, 0), bytes.data(), static_cast<uInt>(bytes.size())));
}

// The checksum stands in front of what it covers.
void close_frame(std::vector<std::uint8_t>& out, std::size_t begin) {
  const std::uint32_t sum = checksum(Bytes(out).subspan(begin + 4));
  for (std::size_t i = 0; i < 4; ++i) out[begin + i] = static_cast<std::uint8_t>(sum >> (8 * i));
}

Sha256 hash_at(Cursor& cursor) {
  Sha256 hash{};
  const Bytes bytes = cursor.take(hash.size());
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

bool known(std::uint8_t kind) { return kind >= 1 && kind <= 4; }

}  // namespace

Sha256 OutboxRecord::hash() const {
  std::vector<std::uint8_t> text;
  put(text, as_bytes("aupscan record 1\n"));
  put(text, sequence, 8);
  put(text, static_cast<std::uint8_t>(kind), 1);
  put(text, previous);
  put(text, content);
  return sha256(text);
}

void append_header(std::vector<std::uint8_t>& out, const SegmentHeader& header) {
  put(out, kMagic);
  put(out, header.first_sequence, 8);
  put(out, header.previous);
  put(out, checksum(Bytes(out).last(kSegmentHeader - 4)), 4);
}

void append_record(std::vector<std::uint8_t>& out, const OutboxRecord& record) {
  const std::size_t begin = out.size();
  put(out, 0, 4);
  put(out, record.body.size(), 4);
  put(out, record.sequence, 8);
  put(out, static_cast<std::uint8_t>(record.kind), 1);
  put(out, 0, 3);
  put(out, record.previous);
  put(out, record.content);
  put(out, as_bytes(record.body));
  close_frame(out, begin);
}

std::optional<SegmentHeader> parse_header(Bytes bytes) {
  if (bytes.size() < kSegmentHeader || !std::equal(kMagic.begin(), kMagic.end(), bytes.begin())) return std::nullopt;
  Cursor cursor(bytes.subspan(kMagic.size()));
  SegmentHeader header;
  header.first_sequence = cursor.le64();
  header.previous = hash_at(cursor);
  if (cursor.le32() != checksum(bytes.first(kSegmentHeader - 4)) || header.first_sequence == 0) return std::nullopt;
  return header;
}

Frame parse_record(Bytes bytes) {
  Frame frame;
  if (bytes.size() < kRecordHeader) return frame;
  Cursor cursor(bytes);
  const std::uint32_t sum = cursor.le32(), length = cursor.le32();
  frame.record.sequence = cursor.le64();
  const std::uint8_t kind = cursor.u8();
  const std::uint32_t reserved = cursor.le24();
  frame.state = FrameState::Bad;
  if (length > kMaxRecordBody || !known(kind) || reserved != 0 || frame.record.sequence == 0) return frame;
  if (bytes.size() < kRecordHeader + length) {
    frame.state = FrameState::Short;
    return frame;
  }
  if (checksum(bytes.subspan(4, kRecordHeader - 4 + length)) != sum) return frame;
  frame.state = FrameState::Whole;
  frame.size = kRecordHeader + length;
  frame.record.kind = static_cast<RecordKind>(kind);
  frame.record.previous = hash_at(cursor);
  frame.record.content = hash_at(cursor);
  frame.record.body = as_text(cursor.take(length));
  return frame;
}

std::optional<std::size_t> find_record(Bytes bytes, std::size_t from, std::uint64_t after) {
  for (std::size_t at = from; at + kRecordHeader <= bytes.size(); ++at) {
    Cursor cursor(bytes.subspan(at + 4));
    const std::uint32_t length = cursor.le32();
    const std::uint64_t sequence = cursor.le64();
    if (length > bytes.size() - at - kRecordHeader || sequence < after || sequence - after > kMaxSkip || !known(cursor.u8()) || cursor.le24() != 0) continue;
    if (parse_record(bytes.subspan(at)).state == FrameState::Whole) return at;
  }
  return std::nullopt;
}

}  // namespace scanner

// Any bytes as a segment of the outbox: a walk ends, its steps cover the bytes in order and
// without a gap, and what it calls a record is one.
#include "scanner/io/integrity.h"
#include "scanner/io/segment_walk.h"

#include <cstdlib>

namespace {

using namespace scanner;

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes(data, size);
  static_cast<void>(parse_header(bytes));
  // A fuzzer cannot guess checksums: the first byte, where it is odd, asks for a true record
  // behind the bytes, which the walk must find.
  std::vector<std::uint8_t> content(bytes.begin(), bytes.end());
  const bool planted = size > 0 && (data[0] & 1) != 0;
  OutboxRecord record;
  record.sequence = 1'000'000;
  record.body = "{\"data\":{\"a\":1}}";
  if (planted) append_record(content, record);
  SegmentWalk walk(content, kSegmentHeader, 1);
  std::uint64_t at = kSegmentHeader, last = 0;
  for (;;) {
    const WalkStep step = walk.next();
    if (step.state == WalkState::End) break;
    check(step.offset == at && step.size > 0);
    at += step.size;
    if (step.state != WalkState::Record) continue;
    check(step.record.sequence > last);
    last = step.record.sequence;
    std::vector<std::uint8_t> again;
    append_record(again, step.record);
    check(std::equal(again.begin(), again.end(), content.begin() + static_cast<std::ptrdiff_t>(step.offset - kSegmentHeader)));
  }
  check(at == kSegmentHeader + content.size());
  if (planted) check(last >= 1'000'000);
  static_cast<void>(read_integrity(as_text(bytes)));
  return 0;
}

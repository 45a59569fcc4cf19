// Any bytes as a recording, read at once and in pieces: both must agree, and what was read
// must read the same after it was written again.
#include "scanner/io/recording.h"

#include <algorithm>
#include <cstdlib>

namespace {

using namespace scanner;

void check(bool holds) {
  if (!holds) std::abort();
}

std::string write(const EventBatch& batch) {
  const RecordingWriter writer(RecordingHeader{});
  std::string text = writer.header();
  for (const Event& event : batch.events) {
    if (event.kind == EventKind::Host) text += writer.line(batch.host_records.at(event.host));
    if (event.kind == EventKind::Tick) text += writer.tick(event.at);
    if (event.kind == EventKind::Loss) text += writer.loss(event.at, event.lost);
  }
  return text;
}

EventBatch read(std::string_view text, std::size_t piece, bool& damaged) {
  RecordingReader reader("fuzz");
  EventBatch batch;
  for (std::size_t at = 0; at < text.size(); at += piece) reader.feed(text.substr(at, piece), batch);
  reader.finish(batch);
  damaged = reader.damaged() || !reader.begun();
  check(reader.warnings().size() <= RecordingReader::kMaxToldLines + 2);
  return batch;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 65536) return 0;  // what is written again may be longer than a line can be
  // Most inputs would end at a header that is none.
  std::string text = "{\"format\":\"aupscan-recording\",\"version\":1,\"boot\":\"b\"}\n";
  if (size > 0 && data[0] == 0) text.clear();
  text.append(reinterpret_cast<const char*>(data), size);
  bool damaged = false, again_damaged = false;
  const std::string whole = write(read(text, text.size() + 1, damaged));
  check(whole == write(read(text, 1 + text.size() / 30, again_damaged)));
  check(damaged == again_damaged);
  check(whole == write(read(whole, whole.size(), damaged)));
  check(!damaged);
  return 0;
}

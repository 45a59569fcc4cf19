#include "scanner/io/recording.h"

#include "scanner/io/json_fields.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

namespace scanner {
namespace {

constexpr std::size_t kReadSize = 64 * 1024;
constexpr std::size_t kMaxUnknownKeys = 64;
constexpr std::array<std::string_view, 2> kCompressions{".gz", ".zst"};
constexpr std::string_view kRecording = ".ndjson";

std::string_view without(std::string_view path, std::string_view ending) {
  if (path.ends_with(ending)) path.remove_suffix(ending.size());
  return path;
}

std::string_view without_compression(std::string_view path) {
  for (const std::string_view ending : kCompressions)
    if (path.ends_with(ending)) return without(path, ending);
  return path;
}

}  // namespace

void RecordingReader::feed(std::string_view bytes, EventBatch& batch) {
  while (!bytes.empty() && refused_.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    const bool whole = end != std::string_view::npos;
    bytes.remove_prefix(whole ? end + 1 : bytes.size());
    if (line_.size() + piece.size() > kMaxLine) too_long_ = true;
    if (whole && line_.empty() && !too_long_) {
      take_line(piece, batch);
      continue;
    }
    if (too_long_)
      line_.clear();
    else
      line_.append(piece);
    if (!whole) continue;
    take_line(line_, batch);
    line_.clear();
  }
}

void RecordingReader::finish(EventBatch& batch) {
  if (refused_.empty() && (!line_.empty() || too_long_)) take_line(line_, batch);
  line_.clear();
  if (!begun_ && refused_.empty()) refused_ = "is empty";
}

void RecordingReader::take_line(std::string_view line, EventBatch& batch) {
  ++line_number_;
  if (line.ends_with('\r')) line.remove_suffix(1);
  const bool too_long = std::exchange(too_long_, false);
  if (!begun_) {
    const std::string problem = too_long ? "the first line is too long" : read_recording_header(line, header_);
    if (!problem.empty()) refused_ = "is no recording: " + problem;
    begun_ = problem.empty();
    return;
  }
  if (too_long)
    tell_damage("is longer than " + std::to_string(kMaxLine) + " bytes");
  else if (line.find_first_not_of(" \t") != std::string_view::npos)
    take_record(line, batch);
}

void RecordingReader::take_record(std::string_view text, EventBatch& batch) {
  RecordedLine line = read_recorded_line(text, header_);
  if (line.outcome == RecordedLine::Outcome::Damaged) return tell_damage(line.problem);
  if (line.outcome == RecordedLine::Outcome::UnknownKind) {
    if (unknown_kinds_++ == 0) first_unknown_kind_ = line.problem + "\" in line " + std::to_string(line_number_);
    return;
  }
  // Once a key: a writer that is newer than this program says it in every line.
  for (std::string& key : line.unknown_keys) {
    if (unknown_keys_.size() == kMaxUnknownKeys ||
        std::find(unknown_keys_.begin(), unknown_keys_.end(), key) != unknown_keys_.end())
      continue;
    tell("\"" + key + "\" is not known and not read");
    unknown_keys_.push_back(std::move(key));
  }
  if (line.outcome == RecordedLine::Outcome::Place) {
    place_ = line.place;
    return;
  }
  if (header_.counts_packets) places_.push_back(place_);
  Event& event = batch.events.emplace_back();
  event.at = line.record.at;
  event.kind = line.kind;
  event.lost = line.lost;
  if (line.kind != EventKind::Host) return;
  event.host = static_cast<std::uint32_t>(batch.host_records.size());
  batch.host_records.push_back(std::move(line.record));
}

void RecordingReader::tell(const std::string& what) {
  if (told_++ < kMaxToldLines)
    warnings_.push_back(name_ + ":" + std::to_string(line_number_) + ": " + what);
  else
    ++untold_;
}

void RecordingReader::tell_damage(const std::string& what) {
  ++damaged_;
  tell(what + "; the line is not read");
}

std::vector<std::string> RecordingReader::warnings() const {
  std::vector<std::string> all = warnings_;
  if (untold_ > 0) all.push_back(name_ + ": " + std::to_string(untold_) + " more lines have something wrong");
  if (unknown_kinds_ > 0)
    all.push_back(name_ + ": " + std::to_string(unknown_kinds_) +
                  " records are of a kind that is not known (the first: \"" + first_unknown_kind_ + ")");
  return all;
}

RecordingFile::RecordingFile(std::string path, ByteReader bytes, Options options)
    : path_(std::move(path)), bytes_(std::move(bytes)), options_(options), lines_(path_), buffer_(kReadSize) {}

Result<std::unique_ptr<RecordingFile>> RecordingFile::open(const std::string& path, Options options) {
  auto bytes = ByteReader::open(path);
  if (!bytes) return tl::unexpected(bytes.error());
  std::unique_ptr<RecordingFile> file(new RecordingFile(path, std::move(*bytes), options));
  while (!file->lines_.begun() && !file->ended_) {
    const auto status = file->read_on();
    if (!status) return tl::unexpected(status.error());
    if (!file->lines_.refused().empty()) return fail(path + ": " + file->lines_.refused());
  }
  return file;
}

// The next piece of the file into front_.
Result<ReadStatus> RecordingFile::read_on() {
  const auto got = bytes_.read(buffer_);
  if (!got) {
    ended_ = true;
    failure_ = path_ + ": " + got.error().message;
    return fail(failure_);
  }
  if (got->status == ReadStatus::Data) lines_.feed(as_text(Bytes(buffer_).first(got->size)), front_);
  if (got->status == ReadStatus::End) {
    lines_.finish(front_);
    ended_ = true;
  }
  return got->status;
}

Result<SourceStatus> RecordingFile::next(EventBatch& batch) {
  batch.clear();
  while (front_.events.empty()) {
    if (ended_ && !failure_.empty()) return fail(failure_);
    if (ended_) return SourceStatus::End;
    const auto status = read_on();
    // What came in front of the damage is delivered first; the failure is said by the next call.
    if (status && *status == ReadStatus::Idle) return SourceStatus::Idle;
  }
  std::swap(batch, front_);
  places_ = lines_.take_places();
  return SourceStatus::More;
}

std::vector<std::string> RecordingFile::file_names() const {
  if (!options_.named) return {};
  return {path_};
}

bool is_recording_name(const std::string& path) { return without_compression(path).ends_with(kRecording); }

std::optional<std::string> recording_beside(const std::string& capture_path) {
  std::string_view stem = without_compression(capture_path);
  const std::size_t size = stem.size();
  stem = without(stem, stem.ends_with(".pcap") ? ".pcap" : ".pcapng");
  if (stem.size() == size) return std::nullopt;
  const std::string plain = std::string(stem) + std::string(kRecording);
  std::error_code none;
  if (std::filesystem::is_regular_file(plain, none)) return plain;
  for (const std::string_view ending : kCompressions)
    if (std::filesystem::is_regular_file(plain + std::string(ending), none)) return plain + std::string(ending);
  return std::nullopt;
}

}  // namespace scanner

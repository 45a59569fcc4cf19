#include "scanner/io/file_sink.h"

#include <algorithm>
#include <cerrno>

namespace scanner {
namespace {

constexpr std::uint64_t kTail = 8 * 1024 * 1024;  // an event is shorter

}  // namespace

DiskResult<void> FileSink::open() {
  auto file = disk_.open(options_.path);
  if (!file) return tl::unexpected(file.error());
  const auto size = disk_.size(options_.path);
  if (!size) return tl::unexpected(size.error());
  const std::uint64_t from = *size > kTail ? *size - kTail : 0;
  const auto tail = disk_.read(options_.path, from, kTail);
  if (!tail) return tl::unexpected(tail.error());
  size_ = *size;
  if (!tail->empty() && tail->back() != '\n') {
    const std::size_t line = tail->rfind('\n');
    size_ = from + (line == std::string::npos ? 0 : line + 1);
    if (auto cut = (*file)->truncate(size_); !cut) return cut;
  }
  file_ = std::move(*file);
  return disk_.sync_directory(directory_of(options_.path));
}

DiskResult<void> FileSink::rotate() {
  file_.reset();
  const auto numbered = [&](std::uint64_t number) { return number == 0 ? options_.path : options_.path + "." + std::to_string(number); };
  for (std::uint64_t number = options_.keep; number > 0; --number) {
    auto moved = disk_.rename(numbered(number - 1), numbered(number));
    if (!moved && moved.error().code != ENOENT) return moved;
  }
  return open();
}

DiskResult<void> FileSink::write(const std::string& lines) {
  if (!file_)
    if (auto opened = open(); !opened) return opened;
  if (options_.rotate_bytes != 0 && options_.keep != 0 && size_ > 0 && size_ + lines.size() > options_.rotate_bytes)
    if (auto rotated = rotate(); !rotated) return rotated;
  if (auto done = file_->append(as_bytes(lines)); !done) return done;
  if (options_.sync)
    if (auto done = file_->sync(); !done) return done;
  size_ += lines.size();
  return {};
}

SinkAnswer FileSink::deliver(std::span<const Outgoing> events) {
  std::string lines;
  for (const Outgoing& event : events) lines += event.json + "\n";
  const auto written = write(lines);
  if (written) return {SinkOutcome::Delivered, events.size(), {}, ""};
  // Half a batch may be in it; opening it again cuts half a line, and whole lines come twice
  // under their ids.
  if (file_) static_cast<void>(file_->truncate(size_));
  file_.reset();
  return {SinkOutcome::Retry, 0, {}, written.error().message};
}

}  // namespace scanner

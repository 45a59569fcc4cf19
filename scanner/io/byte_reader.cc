#include "scanner/io/byte_reader.h"

#include "scanner/io/system_error.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <utility>

namespace scanner {
namespace {

constexpr std::size_t kInputSize = std::size_t{128} * 1024;

}  // namespace

Result<ByteReader> ByteReader::open(const std::string& path) {
  if (path == "-") return from_fd(STDIN_FILENO, "standard input");
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail(path + ": " + system_error());
  return from_fd(fd, path);
}

Result<ByteReader> ByteReader::from_fd(int fd, std::string name) {
  ByteReader reader(fd, std::move(name));
  struct stat facts {};
  if (::fstat(fd, &facts) != 0) return fail(reader.name_ + ": " + system_error());
  if (S_ISDIR(facts.st_mode)) return fail(reader.name_ + ": is a directory");
  reader.live_ = !S_ISREG(facts.st_mode);
  if (!reader.live_) reader.size_ = static_cast<std::uint64_t>(facts.st_size);
  return reader;
}

ByteReader::ByteReader(ByteReader&& other) noexcept { *this = std::move(other); }

ByteReader& ByteReader::operator=(ByteReader&& other) noexcept {
  if (this == &other) return *this;
  close();
  fd_ = std::exchange(other.fd_, -1);
  name_ = std::move(other.name_);
  live_ = other.live_;
  detected_ = other.detected_;
  raw_ended_ = other.raw_ended_;
  position_ = other.position_;
  size_ = other.size_;
  decompressor_ = std::move(other.decompressor_);
  input_ = std::move(other.input_);
  input_begin_ = other.input_begin_;
  input_end_ = other.input_end_;
  failure_ = std::move(other.failure_);
  return *this;
}

ByteReader::~ByteReader() { close(); }

void ByteReader::close() {
  if (fd_ > STDIN_FILENO) ::close(fd_);
  fd_ = -1;
}

Result<ByteReader::Outcome> ByteReader::read(std::span<std::uint8_t> out) {
  if (!detected_) {
    auto detected = detect_compression();
    if (!detected || detected->status == ReadStatus::Idle) return detected;
  }
  if (decompressor_) return read_decompressed(out);
  if (input_begin_ == input_end_) return read_raw(out);
  // The bytes that compression was told by come first.
  const auto seen = unread_input();
  const std::size_t size = std::min(seen.size(), out.size());
  std::copy_n(seen.begin(), size, out.begin());
  input_begin_ += size;
  return Outcome{ReadStatus::Data, size};
}

Result<ByteReader::Outcome> ByteReader::detect_compression() {
  if (input_.empty()) input_.resize(kCompressionMagicSize);
  while (input_end_ < kCompressionMagicSize && !raw_ended_) {
    auto got = read_raw(std::span(input_).subspan(input_end_));
    if (!got || got->status == ReadStatus::Idle) return got;
    input_end_ += got->size;
  }
  detected_ = true;
  decompressor_ = make_decompressor(unread_input());
  if (decompressor_) {
    input_.resize(kInputSize);
  } else if (!live_ && !raw_ended_ && ::lseek(fd_, -static_cast<off_t>(input_end_), SEEK_CUR) >= 0) {
    // Whole pages are copied faster than pages that are cut by the first bytes.
    position_ = 0;
    input_end_ = 0;
  }
  return Outcome{ReadStatus::Data, input_end_};
}

Result<ByteReader::Outcome> ByteReader::read_raw(std::span<std::uint8_t> out) {
  if (raw_ended_) return Outcome{ReadStatus::End, 0};
  if (live_) {
    pollfd wanted{fd_, POLLIN, 0};
    if (::poll(&wanted, 1, kIdleAfterMilliseconds) <= 0) return Outcome{ReadStatus::Idle, 0};
  }
  std::size_t filled = 0;
  while (filled < out.size()) {
    const ssize_t got = ::read(fd_, out.data() + filled, out.size() - filled);
    if (got < 0 && errno == EINTR && !live_) continue;
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Outcome{ReadStatus::Idle, 0};
    if (got < 0) return fail(name_ + ": " + system_error());
    if (got == 0) {
      raw_ended_ = true;
      close();
      break;
    }
    filled += static_cast<std::size_t>(got);
    position_ += static_cast<std::size_t>(got);
    if (live_) break;
  }
  return Outcome{filled > 0 ? ReadStatus::Data : ReadStatus::End, filled};
}

Result<ByteReader::Outcome> ByteReader::read_decompressed(std::span<std::uint8_t> out) {
  std::size_t filled = 0;
  bool idle = false;
  while (filled < out.size() && failure_.empty() && !idle) {
    const auto step = decompressor_->step(unread_input(), out.subspan(filled));
    input_begin_ += step.consumed;
    filled += step.produced;
    failure_ = step.error;
    if (!step.error.empty() || step.consumed + step.produced > 0) continue;
    if (input_begin_ < input_end_) {
      failure_ = "the compressed data make no sense";
    } else if (raw_ended_) {
      if (decompressor_->complete()) break;
      failure_ = "the compressed data are cut off";
    } else if (live_ && filled > 0) {
      break;
    } else {
      const auto got = refill_input();
      if (!got) failure_ = got.error().message;
      idle = got && got->status == ReadStatus::Idle;
    }
  }
  if (filled > 0) return Outcome{ReadStatus::Data, filled};
  if (!failure_.empty()) return fail(failure_);
  return Outcome{idle ? ReadStatus::Idle : ReadStatus::End, 0};
}

Result<ByteReader::Outcome> ByteReader::refill_input() {
  auto got = read_raw(input_);
  if (!got || got->status != ReadStatus::Data) return got;
  input_begin_ = 0;
  input_end_ = got->size;
  return got;
}

}  // namespace scanner

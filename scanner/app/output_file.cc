#include "scanner/app/output_file.h"
#include "scanner/io/system_error.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace scanner {
namespace {

// A pipe that somebody else has made non-blocking for all who share it.
void wait_until_writable(int fd) {
  pollfd one{fd, POLLOUT, 0};
  ::poll(&one, 1, -1);
}

}  // namespace

Result<OutputFile> OutputFile::open(const std::string& path) {
  if (path == "-") return standard_output();
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
  if (fd < 0) return fail(path + ": " + system_error());
  return OutputFile(fd, path, true);
}

OutputFile OutputFile::standard_output() { return OutputFile(STDOUT_FILENO, "standard output", false); }

OutputFile::OutputFile(OutputFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), owned_(other.owned_), name_(std::move(other.name_)), failure_(std::move(other.failure_)) {}

OutputFile& OutputFile::operator=(OutputFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(owned_, other.owned_);
  std::swap(name_, other.name_);
  std::swap(failure_, other.failure_);
  return *this;
}

OutputFile::~OutputFile() {
  if (owned_ && fd_ >= 0) ::close(fd_);
}

Result<void> OutputFile::write(std::string_view text) {
  while (failure_.empty() && !text.empty()) {
    const ssize_t written = ::write(fd_, text.data(), text.size());
    if (written >= 0)
      text.remove_prefix(static_cast<std::size_t>(written));
    else if (errno == EAGAIN)
      wait_until_writable(fd_);
    else if (errno != EINTR)
      failure_ = name_ + ": " + system_error();
  }
  if (!failure_.empty()) return fail(failure_);
  return {};
}

Result<void> OutputFile::close() {
  const int fd = owned_ ? std::exchange(fd_, -1) : -1;
  if (fd >= 0 && ::close(fd) != 0 && failure_.empty()) failure_ = name_ + ": " + system_error();
  if (!failure_.empty()) return fail(failure_);
  return {};
}

}  // namespace scanner

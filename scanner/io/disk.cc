#include "scanner/io/disk.h"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace scanner {
namespace {

tl::unexpected<DiskError> failed(const std::string& path, int code = errno) {
  return tl::unexpected<DiskError>(DiskError{code, path + ": " + std::generic_category().message(code)});
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

class SystemFile final : public DiskFile {
 public:
  SystemFile(std::string path, Descriptor fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  DiskResult<void> append(Bytes bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return failed(path_, written < 0 ? errno : EIO);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
  }
  DiskResult<void> sync() override {
    if (::fdatasync(fd_.get()) != 0) return failed(path_);
    return {};
  }
  DiskResult<void> truncate(std::uint64_t size) override {
    if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) return failed(path_);
    return {};
  }

 private:
  std::string path_;
  Descriptor fd_;
};

DiskResult<std::unique_ptr<DiskFile>> open_for_append(const std::string& path, int flags) {
  Descriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | flags, 0600));
  if (fd.get() < 0) return failed(path);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return failed(path);
  if (!S_ISREG(status.st_mode)) return failed(path, EINVAL);
  return std::make_unique<SystemFile>(path, std::move(fd));
}

class SystemDisk final : public Disk {
 public:
  DiskResult<void> make_directory(const std::string& path) override {
    struct stat status {};
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed(path);
    if (::stat(path.c_str(), &status) != 0) return failed(path);
    if (!S_ISDIR(status.st_mode)) return failed(path, ENOTDIR);
    return {};
  }

  DiskResult<std::vector<DiskEntry>> list(const std::string& directory) override {
    DIR* stream = ::opendir(directory.c_str());
    if (stream == nullptr) return failed(directory);
    std::vector<DiskEntry> entries;
    while (const dirent* entry = ::readdir(stream)) {
      struct stat status {};
      if (::fstatat(::dirfd(stream), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode)) continue;
      entries.push_back({entry->d_name, static_cast<std::uint64_t>(status.st_size), status.st_mtime});
    }
    ::closedir(stream);
    std::sort(entries.begin(), entries.end(), [](const DiskEntry& a, const DiskEntry& b) { return a.name < b.name; });
    return entries;
  }

  DiskResult<std::unique_ptr<DiskFile>> create(const std::string& path) override { return open_for_append(path, O_TRUNC); }
  DiskResult<std::unique_ptr<DiskFile>> open(const std::string& path) override { return open_for_append(path, 0); }

  DiskResult<std::string> read(const std::string& path, std::uint64_t offset, std::uint64_t max) override {
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (fd.get() < 0) return failed(path);
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return failed(path);
    if (!S_ISREG(status.st_mode)) return failed(path, EINVAL);
    const auto size = static_cast<std::uint64_t>(status.st_size);
    std::string content(offset >= size ? 0 : std::min(max, size - offset), '\0');
    std::size_t done = 0;
    while (done < content.size()) {
      const ssize_t got = ::pread(fd.get(), content.data() + done, content.size() - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return failed(path);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    content.resize(done);
    return content;
  }

  DiskResult<std::uint64_t> size(const std::string& path) override {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return failed(path);
    return static_cast<std::uint64_t>(status.st_size);
  }

  DiskResult<void> rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return failed(to);
    return {};
  }
  DiskResult<void> remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return failed(path);
    return {};
  }
  DiskResult<void> sync_directory(const std::string& path) override {
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0 || ::fsync(fd.get()) != 0) return failed(path);
    return {};
  }
  DiskResult<std::unique_ptr<DiskFile>> lock(const std::string& path) override {
    Descriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (fd.get() < 0 || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return failed(path);
    return std::make_unique<SystemFile>(path, std::move(fd));
  }
};

}  // namespace

bool DiskError::full() const { return code == ENOSPC || code == EDQUOT || code == EFBIG; }

Disk& system_disk() {
  static SystemDisk disk;
  return disk;
}

std::string directory_of(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

DiskResult<void> replace_file(Disk& disk, const std::string& path, Bytes content) {
  const std::string beside = path + ".new";
  auto written = [&]() -> DiskResult<void> {
    auto file = disk.create(beside);
    if (!file) return tl::unexpected(file.error());
    if (auto done = (*file)->append(content); !done) return done;
    return (*file)->sync();
  }();
  if (written) written = disk.rename(beside, path);
  if (!written) {
    // What is left beside it would only take room that may be short; the first error counts.
    const auto ignored = disk.remove(beside);
    static_cast<void>(ignored);
    return written;
  }
  return disk.sync_directory(directory_of(path));
}

}  // namespace scanner

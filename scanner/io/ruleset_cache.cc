#include "scanner/io/ruleset_cache.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace scanner {
namespace {

namespace fs = std::filesystem;

constexpr off_t kMaxFile = 512L * 1024 * 1024;
constexpr std::size_t kKeptFiles = 4;
constexpr std::string_view kPrefix = "rules-", kSuffix = ".hsdb";

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

tl::unexpected<Error> system_error(const std::string& path) { return fail(path + ": " + std::generic_category().message(errno)); }

Result<std::string> read_private_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return system_error(path);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return system_error(path);
  if (!S_ISREG(info.st_mode)) return fail(path + ": is no regular file");
  if (info.st_uid != ::geteuid() || (info.st_mode & 077) != 0) return fail(path + ": is not this user's alone");
  if (info.st_size > kMaxFile) return fail(path + ": is too large");
  std::string content(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t used = 0;
  while (used < content.size()) {
    const ssize_t got = ::read(file.get(), content.data() + used, content.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fail(path + ": cannot be read to its end");
    used += static_cast<std::size_t>(got);
  }
  return content;
}

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// Beside the target and renamed, so that a reader sees a whole file or none.
Result<void> write_private_file(const std::string& path, std::string_view content) {
  std::string beside = path + ".XXXXXX";
  const Descriptor file(::mkostemp(beside.data(), O_CLOEXEC));  // mode 0600
  if (file.get() < 0) return system_error(beside);
  if (write_all(file.get(), content) && ::fsync(file.get()) == 0 && ::rename(beside.c_str(), path.c_str()) == 0) return {};
  const auto error = system_error(path);
  ::unlink(beside.c_str());
  return error;
}

Result<void> make_private_directory(const std::string& directory) {
  std::error_code error;
  const fs::path parent = fs::path(directory).parent_path();
  if (!parent.empty()) fs::create_directories(parent, error);
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return system_error(directory);
  return {};
}

void remove_oldest(const std::string& directory) {
  std::vector<std::pair<fs::file_time_type, fs::path>> files;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.starts_with(kPrefix) && name.find(kSuffix) != std::string::npos) files.emplace_back(it->last_write_time(error), it->path());
  }
  std::sort(files.rbegin(), files.rend());
  for (std::size_t i = kKeptFiles; i < files.size(); ++i) fs::remove(files[i].second, error);
}

Result<void> store(const Matcher& matcher, const std::string& directory, const std::string& path) {
  const auto bytes = serialize(matcher);
  if (!bytes) return tl::unexpected<Error>(bytes.error());
  if (auto made = make_private_directory(directory); !made) return made;
  if (auto written = write_private_file(path, *bytes); !written) return written;
  remove_oldest(directory);
  return {};
}

}  // namespace

std::string cache_file_of(const Ruleset& ruleset, const std::string& directory) {
  return directory + "/" + std::string(kPrefix) + ruleset.content_id().substr(0, 16) + std::string(kSuffix);
}

Result<CompiledRules> compile_rules(std::shared_ptr<const Ruleset> ruleset, const std::string& directory) {
  CompiledRules out;
  const std::string path = directory.empty() ? "" : cache_file_of(*ruleset, directory);
  std::error_code error;
  if (!path.empty() && fs::exists(fs::symlink_status(path, error))) {
    auto cached = read_private_file(path);
    auto restored = cached ? restore_hyperscan_matcher(ruleset, as_bytes(*cached)) : tl::unexpected<Error>(cached.error());
    if (restored) {
      out.matcher = std::move(*restored);
      out.from_cache = true;
      return out;
    }
    out.note = "the cache of compiled signatures was not used: " + restored.error().message;
  }
  auto compiled = make_hyperscan_matcher(std::move(ruleset));
  if (!compiled) return tl::unexpected<Error>(compiled.error());
  out.matcher = std::move(*compiled);
  if (!path.empty())
    if (const auto stored = store(*out.matcher, directory, path); !stored)
      out.note = "the compiled signatures could not be cached: " + stored.error().message;
  return out;
}

}  // namespace scanner

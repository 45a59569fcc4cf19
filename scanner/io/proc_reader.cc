#include "scanner/io/proc_reader.h"

#include "scanner/io/system_error.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <climits>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace scanner {
namespace {

constexpr std::size_t kMaxStat = 4096, kMaxStatus = 16 * 1024, kMaxEnvironment = 64 * 1024, kMaxCgroups = 16 * 1024;
constexpr std::size_t kMaxSystemStat = 4 * 1024 * 1024;  // /proc/stat has a line for every interrupt
constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::string_view kDeleted = " (deleted)";

// Reads up to `max` bytes; files of /proc give what they have in pieces.
std::optional<std::string> read_all(int fd, std::size_t max) {
  std::string text;
  while (text.size() < max) {
    const std::size_t before = text.size();
    text.resize(std::min(max, before + 4096));
    const ssize_t got = ::read(fd, text.data() + before, text.size() - before);
    if (got < 0 && errno == EINTR) {
      text.resize(before);
      continue;
    }
    if (got < 0) return std::nullopt;
    text.resize(before + static_cast<std::size_t>(got));
    if (got == 0) break;
  }
  return text;
}

std::optional<std::string> read_link(int directory, const char* name) {
  std::array<char, PATH_MAX + 32> target{};
  const ssize_t length = ::readlinkat(directory, name, target.data(), target.size());
  if (length < 0) return std::nullopt;
  return std::string(target.data(), static_cast<std::size_t>(length));
}

std::optional<std::string> read_file(const std::string& path, std::size_t max) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  return read_all(file.get(), max);
}

// The path that the image had; whether it still is there. A name may end in " (deleted)".
void fill_image(const ProcDirectory& directory, ReadProcess& process) {
  ProcessStarted& started = process.started;
  const auto target = directory.link("exe");
  if (!target) {
    started.unknown.emplace_back("executable");
    return;
  }
  started.executable = *target;
  started.memfd = target->starts_with("/memfd:");
  process.image = directory.open("exe");
  if (!target->ends_with(kDeleted)) return;
  struct stat file {};
  const bool known = process.image && ::fstat(process.image.get(), &file) == 0;
  if (known && file.st_nlink > 0) return;
  started.deleted = !started.memfd;
  started.executable.resize(target->size() - kDeleted.size());
}

}  // namespace

std::optional<std::string> ProcDirectory::text(const char* name, std::size_t max) const {
  const FileDescriptor file = open(name);
  if (!file) return std::nullopt;
  return read_all(file.get(), max);
}

std::optional<std::string> ProcDirectory::link(const char* name) const { return read_link(get(), name); }

FileDescriptor ProcDirectory::open(const char* name) const {
  return FileDescriptor(::openat(get(), name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
}

std::optional<ProcStat> ProcDirectory::stat() const {
  const auto text = this->text("stat", kMaxStat);
  return text ? parse_proc_stat(*text) : std::nullopt;
}

std::optional<ProcStat> read_stat(const FileDescriptor& stat) {
  std::array<char, kMaxStat> text;
  const ssize_t length = ::pread(stat.get(), text.data(), text.size(), 0);
  if (length <= 0) return std::nullopt;
  return parse_proc_stat({text.data(), static_cast<std::size_t>(length)});
}

Result<ProcReader> ProcReader::open(std::string proc, std::size_t max_argument_bytes) {
  ProcReader reader;
  reader.proc_ = std::move(proc);
  reader.max_argument_bytes_ = max_argument_bytes;
  const auto stat = reader.text("stat", kMaxSystemStat);
  if (!stat) return fail(reader.path("stat") + " cannot be read: " + system_error());
  const auto booted = number_after(*stat, "btime");
  if (!booted) return fail(reader.path("stat") + " does not say when the system was started");
  reader.boot_ns_ = static_cast<std::int64_t>(*booted) * kNsPerSecond;
  const long ticks = ::sysconf(_SC_CLK_TCK);
  if (ticks > 0) reader.ticks_per_second_ = static_cast<double>(ticks);
  reader.boot_ = reader.text("sys/kernel/random/boot_id", 64).value_or("");
  while (!reader.boot_.empty() && reader.boot_.back() == '\n') reader.boot_.pop_back();
  return reader;
}

std::int64_t ProcReader::start_ns(std::uint64_t start_ticks) const {
  const auto per_second = static_cast<std::uint64_t>(ticks_per_second_);
  const std::uint64_t seconds = start_ticks / per_second, rest = start_ticks % per_second;
  constexpr std::uint64_t kMostSeconds = 4'000'000'000;  // beyond that the text was none of the kernel's
  return boot_ns_ + static_cast<std::int64_t>(std::min(seconds, kMostSeconds)) * kNsPerSecond +
         static_cast<std::int64_t>(rest * (static_cast<std::uint64_t>(kNsPerSecond) / per_second));
}

std::optional<std::string> ProcReader::text(const std::string& name, std::size_t max) const {
  return read_file(path(name), max);
}

bool ProcReader::list(std::vector<std::int32_t>& pids) const {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(proc_.c_str()), ::closedir);
  if (!directory) return false;
  pids.clear();
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    std::int32_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error == std::errc() && end == name.data() + name.size() && pid > 0) pids.push_back(pid);
  }
  std::sort(pids.begin(), pids.end());
  return true;
}

ProcDirectory ProcReader::directory(std::int32_t pid) const {
  const std::string path = this->path(std::to_string(pid));
  return ProcDirectory(FileDescriptor(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)));
}

FileDescriptor ProcReader::open_stat(std::int32_t pid) const {
  return FileDescriptor(::open(path(std::to_string(pid) + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
}

std::optional<ReadProcess> ProcReader::read(std::int32_t pid) const {
  const ProcDirectory directory = this->directory(pid);
  if (!directory) return std::nullopt;
  // Twice at most: where the image was replaced while it was read, the second one stands.
  for (int attempt = 0;; ++attempt) {
    const auto stat = directory.stat();
    if (!stat || stat->pid != pid || stat->has_ended() || stat->is_kernel_thread()) return std::nullopt;
    ReadProcess process;
    process.stamp = stamp_of(*stat);
    process.ticks = stat->user_ticks + stat->system_ticks;
    fill(directory, *stat, process);
    const auto after = directory.stat();
    if (!after || attempt > 0 || stamp_of(*after) == process.stamp) return process;
  }
}

void ProcReader::fill(const ProcDirectory& directory, const ProcStat& stat, ReadProcess& process) const {
  ProcessStarted& started = process.started;
  started.id = id_of(stat);
  started.parent_pid = stat.parent;
  started.session = stat.session;
  started.terminal = stat.terminal != 0;
  started.comm = stat.comm;
  fill_image(directory, process);
  if (auto arguments = directory.text("cmdline", max_argument_bytes_ + 1)) {
    started.arguments_cut = arguments->size() > max_argument_bytes_;
    if (started.arguments_cut) arguments->resize(max_argument_bytes_);
    ProcArguments split = split_arguments(*arguments);
    started.arguments = std::move(split.words);
    started.arguments_cut = started.arguments_cut || split.cut;
  }
  // No program has none at all: it has given up its memory already.
  if (started.arguments.empty()) started.unknown.emplace_back("arguments");
  if (const auto text = directory.text("environ", kMaxEnvironment)) {
    ProcEnvironment environment = parse_environment(*text);
    started.environment_keys = std::move(environment.keys);
    started.environment = std::move(environment.kept);
  } else {
    started.unknown.emplace_back("environment");
  }
  const auto cwd = directory.link("cwd");
  started.cwd = cwd.value_or("");
  if (!cwd) started.unknown.emplace_back("cwd");
  const auto status_text = directory.text("status", kMaxStatus);
  const auto status = status_text ? parse_proc_status(*status_text) : std::nullopt;
  if (status) {
    started.uid = status->uid;
    started.gid = status->gid;
  } else {
    started.unknown.emplace_back("uid");
  }
  if (const auto text = directory.text("cgroup", kMaxCgroups)) {
    process.cgroups = parse_proc_cgroup(*text);
    started.cgroup = main_cgroup(process.cgroups);
    for (const CgroupPath& cgroup : process.cgroups)
      if (started.container.empty()) started.container = container_of_cgroup(cgroup.path);
  } else {
    started.unknown.emplace_back("cgroup");
  }
  started.network_namespace = inode_of_link(directory.link("ns/net").value_or(""), "net").value_or(0);
  started.pid_namespace = inode_of_link(directory.link("ns/pid").value_or(""), "pid").value_or(0);
}

}  // namespace scanner

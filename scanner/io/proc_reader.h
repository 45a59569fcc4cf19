// What /proc says of one process, read while it lives, changes its image, or goes.
//
// All files of a process are opened below one descriptor of its directory, which goes stale
// with it: what is read together is one process's, even where its pid is used again in
// between. Everything may be refused or be gone at any moment; that is no error.
#pragma once

#include "scanner/io/file_descriptor.h"
#include "scanner/model/host_record.h"
#include "scanner/model/result.h"
#include "scanner/process/proc_text.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace scanner {

// A process's directory, open. Valid until the process is gone; then every read fails.
class ProcDirectory {
 public:
  explicit ProcDirectory(FileDescriptor directory) : directory_(std::move(directory)) {}
  int get() const { return directory_.get(); }
  explicit operator bool() const { return static_cast<bool>(directory_); }

  // At most `max` bytes; nothing where it cannot be read.
  std::optional<std::string> text(const char* name, std::size_t max) const;
  std::optional<std::string> link(const char* name) const;
  FileDescriptor open(const char* name) const;  // to read; none where it is refused
  std::optional<ProcStat> stat() const;

 private:
  FileDescriptor directory_;
};

// What tells one image of a process from the next without reading all of it.
struct ImageStamp {
  std::uint64_t start_code = 0, start_stack = 0, argument_start = 0;
  friend bool operator==(const ImageStamp&, const ImageStamp&) = default;
};
inline ImageStamp stamp_of(const ProcStat& stat) { return {stat.start_code, stat.start_stack, stat.argument_start}; }

struct ReadProcess {
  ProcessStarted started;
  ImageStamp stamp;
  std::vector<CgroupPath> cgroups;
  FileDescriptor image;  // open to read, where that is allowed
  std::uint64_t ticks = 0;  // of CPU, used so far
};

class ProcReader {
 public:
  // Fails where `proc` is no process file system that can be read.
  static Result<ProcReader> open(std::string proc, std::size_t max_argument_bytes);

  const std::string& boot() const { return boot_; }
  double ticks_per_second() const { return ticks_per_second_; }
  std::int64_t start_ns(std::uint64_t start_ticks) const;  // since the epoch
  ProcessId id_of(const ProcStat& stat) const { return {boot_, start_ns(stat.start_ticks), stat.pid}; }

  // The pids that there are, in ascending order; false where the directory cannot be read.
  bool list(std::vector<std::int32_t>& pids) const;
  ProcDirectory directory(std::int32_t pid) const;
  // Nothing where the process is gone, has ended, or is a thread of the kernel.
  std::optional<ReadProcess> read(std::int32_t pid) const;
  // A file beside the processes' directories: "self/mountinfo".
  std::optional<std::string> text(const std::string& name, std::size_t max) const;
  FileDescriptor open_stat(std::int32_t pid) const;
  std::string path(const std::string& name) const { return proc_ + "/" + name; }

 private:
  ProcReader() = default;
  void fill(const ProcDirectory& directory, const ProcStat& stat, ReadProcess& process) const;

  std::string proc_, boot_;
  std::size_t max_argument_bytes_ = 0;
  double ticks_per_second_ = 100;
  std::int64_t boot_ns_ = 0;  // when the ticks began, since the epoch
};

// The stat of a process through a descriptor that was opened before; nothing where the
// process is gone, whoever has its pid now.
std::optional<ProcStat> read_stat(const FileDescriptor& stat);

}  // namespace scanner

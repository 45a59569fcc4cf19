// The small door to the file system that everything durable goes through, so that a test can
// put a disk behind it that fails, fills up, or forgets what was not synced.
//
// What durable means here: bytes after sync(), a name after sync_directory(). Nothing else
// survives a power cut, and nobody who uses this door may assume it.
#pragma once

#include "scanner/model/bytes.h"

#include <cstdint>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace scanner {

// What the system said. `code` is an errno: a full disk (ENOSPC, EDQUOT, EFBIG) is handled
// otherwise than a broken one.
struct DiskError {
  int code = 0;
  std::string message;  // "PATH: why"
  bool full() const;
};

template <typename T>
using DiskResult = tl::expected<T, DiskError>;

// One file, open for appending. Closed by its destructor. One thread at a time.
class DiskFile {
 public:
  virtual ~DiskFile() = default;
  // All of it or an error; after an error any part of it may have been written.
  virtual DiskResult<void> append(Bytes bytes) = 0;
  virtual DiskResult<void> sync() = 0;
  virtual DiskResult<void> truncate(std::uint64_t size) = 0;
};

struct DiskEntry {
  std::string name;  // within its directory
  std::uint64_t size = 0;
  std::int64_t modified = 0;  // seconds since 1970
};

// Stateless but for the files that it hands out: any number of threads.
class Disk {
 public:
  virtual ~Disk() = default;

  virtual DiskResult<void> make_directory(const std::string& path) = 0;  // mode 0700; one that is there is fine
  virtual DiskResult<std::vector<DiskEntry>> list(const std::string& directory) = 0;  // regular files, by name
  virtual DiskResult<std::unique_ptr<DiskFile>> create(const std::string& path) = 0;  // mode 0600, empty
  virtual DiskResult<std::unique_ptr<DiskFile>> open(const std::string& path) = 0;    // at its end; made where missing
  // At most `max` bytes from `offset` on; fewer only at the end of the file.
  virtual DiskResult<std::string> read(const std::string& path, std::uint64_t offset, std::uint64_t max) = 0;
  virtual DiskResult<std::uint64_t> size(const std::string& path) = 0;
  virtual DiskResult<void> rename(const std::string& from, const std::string& to) = 0;
  virtual DiskResult<void> remove(const std::string& path) = 0;
  virtual DiskResult<void> sync_directory(const std::string& path) = 0;
  // A file that nobody else can lock while the result lives; EWOULDBLOCK: somebody has it.
  virtual DiskResult<std::unique_ptr<DiskFile>> lock(const std::string& path) = 0;
};

// The real one. Never follows a symbolic link in the last component of a path.
Disk& system_disk();

std::string directory_of(const std::string& path);  // "." where it names none

// Replaces `path` by `content`, durably: a reader sees the old or the new, after any crash.
DiskResult<void> replace_file(Disk& disk, const std::string& path, Bytes content);

}  // namespace scanner

// A disk that can fail, fill up and forget: what was not synced is gone, wholly or in part,
// after crash(), and names that their directory was not synced for may be the old ones.
#pragma once

#include "scanner/io/disk.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>

namespace scanner::test {

class MemoryDisk final : public Disk {
 public:
  explicit MemoryDisk(std::uint64_t seed = 1) : random_(seed) {}

  // The power goes: unsynced bytes survive to a random extent. Files that are open are stale.
  void crash();
  // From now on every so many-th write, sync, creation or rename fails with `code`, once a
  // write has stored a part of what it should. 0: none.
  void fail_every(unsigned operations, int code) {
    fail_every_ = operations;
    fail_code_ = code;
  }
  void limit(std::uint64_t bytes) { capacity_ = bytes; }  // then ENOSPC, after what still fits
  std::uint64_t used() const;
  unsigned failures() const { return failures_; }

  std::optional<std::string> content(const std::string& path) const;
  void put(const std::string& path, const std::string& content);  // durable at once

  DiskResult<void> make_directory(const std::string& path) override;
  DiskResult<std::vector<DiskEntry>> list(const std::string& directory) override;
  DiskResult<std::unique_ptr<DiskFile>> create(const std::string& path) override;
  DiskResult<std::unique_ptr<DiskFile>> open(const std::string& path) override;
  DiskResult<std::string> read(const std::string& path, std::uint64_t offset, std::uint64_t max) override;
  DiskResult<std::uint64_t> size(const std::string& path) override;
  DiskResult<void> rename(const std::string& from, const std::string& to) override;
  DiskResult<void> remove(const std::string& path) override;
  DiskResult<void> sync_directory(const std::string& path) override;
  DiskResult<std::unique_ptr<DiskFile>> lock(const std::string& path) override;

 private:
  friend class MemoryFile;
  struct Node {
    std::string content, durable;
  };
  using Names = std::map<std::string, std::shared_ptr<Node>>;
  bool fails();

  mutable std::mutex mutex_;
  Names names_, durable_;
  std::mt19937_64 random_;
  unsigned fail_every_ = 0, operations_ = 0, failures_ = 0;
  int fail_code_ = 0;
  std::uint64_t capacity_ = UINT64_MAX;
};

}  // namespace scanner::test

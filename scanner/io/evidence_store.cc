#include "scanner/io/evidence_store.h"

#include <algorithm>
#include <utility>

namespace scanner {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// "64 hexadecimal digits.kind": nothing else in the directory is ours to remove.
bool is_ours(const std::string& name) {
  return name.size() > 65 && name[64] == '.' && name.substr(0, 64).find_first_not_of("0123456789abcdef") == std::string::npos && !name.ends_with(".new");
}

}  // namespace

Result<std::unique_ptr<EvidenceStore>> EvidenceStore::open(const EvidenceStoreOptions& options, Disk& disk, std::function<Timestamp()> now) {
  std::unique_ptr<EvidenceStore> store(new EvidenceStore(options, disk, std::move(now)));
  if (const auto made = disk.make_directory(options.directory); !made) return fail(made.error().message);
  const auto entries = disk.list(options.directory);
  if (!entries) return fail(entries.error().message);
  for (const DiskEntry& entry : *entries) {
    if (!is_ours(entry.name)) continue;
    store->files_.push_back({entry.name, entry.size, entry.modified});
    store->bytes_ += entry.size;
  }
  std::stable_sort(store->files_.begin(), store->files_.end(), [](const File& a, const File& b) { return a.modified < b.modified; });
  return store;
}

Result<StoredEvidence> EvidenceStore::put(Bytes content, const std::string& kind) {
  StoredEvidence stored;
  stored.plain_size = content.size();
  stored.plain_sha256 = to_hex(sha256(content));
  std::vector<std::uint8_t> sealed;
  if (!options_.recipients.empty()) {
    auto result = seal(content, options_.recipients);
    if (!result) return tl::unexpected(result.error());
    sealed = std::move(*result);
    content = sealed;
  }
  stored.kind = options_.recipients.empty() ? kind : kind + ".sealed";
  stored.size = content.size();
  stored.sha256 = to_hex(sha256(content));
  stored.file = stored.sha256 + "." + stored.kind;
  const std::lock_guard guard(mutex_);
  if (const auto known = by_plain_.find(stored.plain_sha256 + kind); known != by_plain_.end()) return known->second;
  if (stored.size > options_.max_bytes) return fail("evidence of " + std::to_string(stored.size) + " bytes is more than evidence.max_bytes");
  if (bytes_ + stored.size > options_.max_bytes) remove_oldest(bytes_ + stored.size - options_.max_bytes, "bound");
  const std::string path = options_.directory + "/" + stored.file;
  auto written = replace_file(disk_, path, content);
  if (!written && written.error().full() && remove_oldest(stored.size, "full disk") > 0) written = replace_file(disk_, path, content);
  if (!written) return fail(written.error().message);
  const bool again = std::any_of(files_.begin(), files_.end(), [&](const File& file) { return file.name == stored.file; });
  if (!again) {
    files_.push_back({stored.file, stored.size, now_().ns / kSecond});
    bytes_ += stored.size;
  }
  by_plain_[stored.plain_sha256 + kind] = stored;
  return stored;
}

void EvidenceStore::expire() {
  const std::lock_guard guard(mutex_);
  const std::int64_t oldest = now_().ns / kSecond - options_.keep.count();
  while (!files_.empty() && files_.front().modified < oldest) remove_first("age");
}

std::uint64_t EvidenceStore::bytes() const {
  const std::lock_guard guard(mutex_);
  return bytes_;
}

std::uint64_t EvidenceStore::reclaim(std::uint64_t wanted) {
  const std::lock_guard guard(mutex_);
  return remove_oldest(wanted, "outbox");
}

std::vector<Removal> EvidenceStore::take_removals() {
  const std::lock_guard guard(mutex_);
  return std::exchange(removals_, {});
}

std::uint64_t EvidenceStore::remove_oldest(std::uint64_t wanted, const std::string& why) {
  const std::uint64_t before = bytes_;
  while (!files_.empty() && before - bytes_ < wanted) remove_first(why);
  return before - bytes_;
}

void EvidenceStore::remove_first(const std::string& why) {
  const File file = files_.front();
  files_.pop_front();
  static_cast<void>(disk_.remove(options_.directory + "/" + file.name));
  bytes_ -= file.size;
  std::erase_if(by_plain_, [&](const auto& entry) { return entry.second.file == file.name; });
  removals_.push_back({file.name, file.size, why});
}

}  // namespace scanner

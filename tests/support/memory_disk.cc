#include "tests/support/memory_disk.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace scanner::test {
namespace {

tl::unexpected<DiskError> failed(int code, const std::string& path) { return tl::unexpected<DiskError>(DiskError{code, path + ": " + std::strerror(code)}); }

}  // namespace

class MemoryFile final : public DiskFile {
 public:
  MemoryFile(MemoryDisk& disk, std::shared_ptr<MemoryDisk::Node> node) : disk_(disk), node_(std::move(node)) {}

  DiskResult<void> append(Bytes bytes) override {
    const std::uint64_t used = disk_.used();
    const std::lock_guard guard(disk_.mutex_);
    const std::string text(as_text(bytes));
    if (disk_.fails()) {
      node_->content += text.substr(0, disk_.random_() % (text.size() + 1));
      return failed(disk_.fail_code_, "file");
    }
    const std::uint64_t room = disk_.capacity_ > used ? disk_.capacity_ - used : 0;
    node_->content += text.substr(0, std::min<std::uint64_t>(room, text.size()));
    if (room < text.size()) return failed(ENOSPC, "file");
    return {};
  }
  DiskResult<void> sync() override {
    const std::lock_guard guard(disk_.mutex_);
    if (disk_.fails()) return failed(disk_.fail_code_, "file");
    node_->durable = node_->content;
    return {};
  }
  DiskResult<void> truncate(std::uint64_t size) override {
    const std::lock_guard guard(disk_.mutex_);
    if (disk_.fails()) return failed(disk_.fail_code_, "file");
    node_->content.resize(size);
    return {};
  }

 private:
  MemoryDisk& disk_;
  std::shared_ptr<MemoryDisk::Node> node_;
};

bool MemoryDisk::fails() {
  if (fail_every_ == 0 || ++operations_ % fail_every_ != 0) return false;
  ++failures_;
  return true;
}

void MemoryDisk::crash() {
  const std::lock_guard guard(mutex_);
  Names after;
  for (const auto& [path, node] : random_() % 2 == 0 ? names_ : durable_) {
    auto copy = std::make_shared<Node>(*node);
    const bool longer = copy->content.starts_with(copy->durable);
    if (longer)
      copy->content.resize(copy->durable.size() + random_() % (copy->content.size() - copy->durable.size() + 1));
    else if (random_() % 2 == 0)
      copy->content = copy->durable;
    copy->durable = copy->content;
    after[path] = copy;
  }
  names_ = durable_ = after;
}

std::uint64_t MemoryDisk::used() const {
  const std::lock_guard guard(mutex_);
  std::uint64_t bytes = 0;
  for (const auto& [path, node] : names_) bytes += node->content.size();
  return bytes;
}

std::optional<std::string> MemoryDisk::content(const std::string& path) const {
  const std::lock_guard guard(mutex_);
  const auto found = names_.find(path);
  if (found == names_.end()) return std::nullopt;
  return found->second->content;
}

void MemoryDisk::put(const std::string& path, const std::string& content) {
  const std::lock_guard guard(mutex_);
  names_[path] = durable_[path] = std::make_shared<Node>(Node{content, content});
}

DiskResult<void> MemoryDisk::make_directory(const std::string&) { return {}; }

DiskResult<std::vector<DiskEntry>> MemoryDisk::list(const std::string& directory) {
  const std::lock_guard guard(mutex_);
  std::vector<DiskEntry> entries;
  for (const auto& [path, node] : names_)
    if (directory_of(path) == directory) entries.push_back({path.substr(directory.size() + 1), node->content.size(), 0});
  return entries;
}

DiskResult<std::unique_ptr<DiskFile>> MemoryDisk::create(const std::string& path) {
  const std::lock_guard guard(mutex_);
  if (fails()) return failed(fail_code_, path);
  auto& node = names_[path];
  node = std::make_shared<Node>();
  return std::make_unique<MemoryFile>(*this, node);
}

DiskResult<std::unique_ptr<DiskFile>> MemoryDisk::open(const std::string& path) {
  const std::lock_guard guard(mutex_);
  if (fails()) return failed(fail_code_, path);
  auto& node = names_[path];
  if (!node) node = std::make_shared<Node>();
  return std::make_unique<MemoryFile>(*this, node);
}

DiskResult<std::string> MemoryDisk::read(const std::string& path, std::uint64_t offset, std::uint64_t max) {
  const auto whole = content(path);
  if (!whole) return failed(ENOENT, path);
  return offset >= whole->size() ? std::string() : whole->substr(offset, max);
}

DiskResult<std::uint64_t> MemoryDisk::size(const std::string& path) {
  const auto whole = content(path);
  if (!whole) return failed(ENOENT, path);
  return whole->size();
}

DiskResult<void> MemoryDisk::rename(const std::string& from, const std::string& to) {
  const std::lock_guard guard(mutex_);
  if (fails()) return failed(fail_code_, to);
  const auto found = names_.find(from);
  if (found == names_.end()) return failed(ENOENT, from);
  const auto node = found->second;
  names_.erase(found);
  names_[to] = node;
  return {};
}

DiskResult<void> MemoryDisk::remove(const std::string& path) {
  const std::lock_guard guard(mutex_);
  if (names_.erase(path) == 0) return failed(ENOENT, path);
  return {};
}

DiskResult<void> MemoryDisk::sync_directory(const std::string& path) {
  const std::lock_guard guard(mutex_);
  if (fails()) return failed(fail_code_, path);
  std::erase_if(durable_, [&](const auto& entry) { return directory_of(entry.first) == path; });
  for (const auto& [name, node] : names_)
    if (directory_of(name) == path) durable_[name] = node;
  return {};
}

DiskResult<std::unique_ptr<DiskFile>> MemoryDisk::lock(const std::string&) {
  return std::make_unique<MemoryFile>(*this, std::make_shared<Node>());
}

}  // namespace scanner::test

#include "scanner/io/socket_owners.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <dirent.h>
#include <fcntl.h>
#include <memory>

namespace scanner {
namespace {

constexpr std::uint8_t kMaxTries = 3, kFound = 255;
constexpr std::uint8_t kEstablished = 1, kConnecting = 2, kCloseWait = 8, kListening = 10;

std::uint64_t own_namespace(const ProcReader& proc) {
  std::array<char, 64> target{};
  const ssize_t length = ::readlink(proc.path("self/ns/net").c_str(), target.data(), target.size());
  if (length <= 0) return 0;
  return inode_of_link({target.data(), static_cast<std::size_t>(length)}, "net").value_or(0);
}

// Has another end, and is not about to vanish.
bool is_conversation(const ListedSocket& socket) {
  if (socket.inode == 0 || socket.remote.port == 0) return false;
  return socket.protocol != IpProtocol::Tcp || socket.state == kEstablished || socket.state == kConnecting ||
         socket.state == kCloseWait;
}

}  // namespace

SocketOwners::SocketOwners(ProcessRoster& roster) : roster_(roster), lists_(own_namespace(roster.proc())) {}

void SocketOwners::begin() {
  ++sweep_;
  wanted_.clear();
  holders_.clear();
  // Any process of a namespace shows its sockets; where one is gone by now, another may not be.
  std::map<std::uint64_t, std::vector<std::int32_t>> members;
  for (const auto& [pid, known] : roster_.processes())
    if (known.network_namespace != 0 && (members.size() < kMaxNamespaces || members.contains(known.network_namespace)))
      members[known.network_namespace].push_back(pid);
  for (auto& [network_namespace, pids] : members) {
    const std::size_t before = wanted_.size();
    for (std::size_t i = 0; i < std::min<std::size_t>(pids.size(), 3); ++i) {
      if (!lists_.read(roster_.proc(), network_namespace, pids[i], listed_)) continue;
      list(network_namespace);
      break;
    }
    if (wanted_.size() > before) holders_.insert(holders_.end(), pids.begin(), pids.end());
  }
  std::sort(holders_.begin(), holders_.end());
  sweeping_ = true;
}

// What is listed now and was not before.
void SocketOwners::list(std::uint64_t network_namespace) {
  std::bitset<65536> listening;
  for (const ListedSocket& socket : listed_)
    if (socket.protocol == IpProtocol::Tcp && socket.state == kListening) listening.set(socket.local.port);
  for (const ListedSocket& socket : listed_) {
    if (!is_conversation(socket)) continue;
    if (seen_.size() >= kMaxSockets && !seen_.contains(socket.inode)) {
      ++unowned_;
      continue;
    }
    Seen& seen = seen_[socket.inode];
    seen.sweep = sweep_;
    if (seen.tries == kFound || seen.tries >= kMaxTries) continue;
    if (++seen.tries == kMaxTries) ++unowned_;
    const bool accepted = socket.protocol == IpProtocol::Tcp && listening.test(socket.local.port);
    wanted_.insert_or_assign(socket.inode, Wanted{socket, network_namespace, accepted});
  }
}

bool SocketOwners::step(Timestamp now, std::vector<HostRecord>& records, std::size_t most) {
  std::size_t budget = kDescriptorsAtATime;
  while (!holders_.empty() && !wanted_.empty()) {
    if (budget == 0 || records.size() >= most) return true;
    const std::int32_t pid = holders_.back();
    holders_.pop_back();
    look_into(pid, now, records, most, budget);
  }
  finish();
  return false;
}

void SocketOwners::look_into(std::int32_t pid, Timestamp now, std::vector<HostRecord>& records, std::size_t most,
                             std::size_t& budget) {
  const auto known = roster_.processes().find(pid);
  if (known == roster_.processes().end()) return;
  const ProcDirectory directory = roster_.proc().directory(pid);
  // The directory is open: from here on it is this process's or stale.
  const auto stat = directory ? directory.stat() : std::nullopt;
  if (!stat || roster_.proc().id_of(*stat) != known->second.id) return;
  const int fd = ::openat(directory.get(), "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(fd), ::closedir);
  if (!entries) {
    ::close(fd);
    return;
  }
  while (const dirent* entry = ::readdir(entries.get())) {
    if (entry->d_name[0] == '.') continue;
    if (budget > 0) --budget;
    std::array<char, 64> target{};
    const ssize_t length = ::readlinkat(fd, entry->d_name, target.data(), target.size());
    if (length <= 0) continue;
    const auto inode = inode_of_link({target.data(), static_cast<std::size_t>(length)}, "socket");
    const auto wanted = inode ? wanted_.find(*inode) : wanted_.end();
    if (wanted == wanted_.end()) continue;
    if (records.size() >= most) {
      holders_.push_back(pid);
      return;
    }
    const Wanted& found = wanted->second;
    Seen& seen = seen_[*inode];
    if (seen.tries == kMaxTries) --unowned_;
    seen.tries = kFound;
    records.push_back({now, SocketOwned{known->second.id, found.socket.local, found.socket.remote, found.socket.protocol,
                                        found.network_namespace, found.accepted}});
    wanted_.erase(wanted);
  }
}

void SocketOwners::finish() {
  std::erase_if(seen_, [&](const auto& entry) { return entry.second.sweep != sweep_; });
  wanted_.clear();
  holders_.clear();
  sweeping_ = false;
}

}  // namespace scanner

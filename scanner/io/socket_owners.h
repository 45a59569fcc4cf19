// Whose a socket is, found by comparing what the kernel lists with what processes hold open.
//
// A sweep lists the sockets of every network namespace that a known process is in, and looks
// for the new ones among the descriptors of that namespace's processes. A socket that is held
// by several (across fork) is told for each of them that a sweep meets before it is content:
// the first one. A socket that nobody readable holds is tried three times.
#pragma once

#include "scanner/io/process_roster.h"
#include "scanner/io/socket_list.h"

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

namespace scanner {

class SocketOwners {
 public:
  static constexpr std::size_t kMaxSockets = 131072;  // that are remembered
  static constexpr std::size_t kMaxNamespaces = 1024;
  static constexpr std::size_t kDescriptorsAtATime = 8192;

  explicit SocketOwners(ProcessRoster& roster);

  bool sweeping() const { return sweeping_; }
  void begin();  // lists; allowed while none is going on
  // Looks on; true: it is not done yet.
  bool step(Timestamp now, std::vector<HostRecord>& records, std::size_t most);
  std::uint64_t unowned() const { return unowned_; }  // sockets given up on

 private:
  struct Seen {
    std::uint32_t sweep = 0;
    std::uint8_t tries = 0;  // kFound: its owner is known
  };
  struct Wanted {
    ListedSocket socket;
    std::uint64_t network_namespace = 0;
    bool accepted = false;
  };

  void list(std::uint64_t network_namespace);
  void look_into(std::int32_t pid, Timestamp now, std::vector<HostRecord>& records, std::size_t most, std::size_t& budget);
  void finish();

  ProcessRoster& roster_;
  SocketList lists_;
  std::unordered_map<std::uint64_t, Seen> seen_;      // by inode: one number space for all namespaces
  std::unordered_map<std::uint64_t, Wanted> wanted_;  // likewise
  std::vector<std::int32_t> holders_;                 // to be looked into, the last one first
  std::vector<ListedSocket> listed_;
  std::uint32_t sweep_ = 0;
  std::uint64_t unowned_ = 0;
  bool sweeping_ = false;
};

}  // namespace scanner

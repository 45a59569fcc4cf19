// Which processes there are, whose child each is, which sockets it owns, and how evenly it
// computes. Fed with host records in the order in which they count; asked by detectors.
//
// A process is its ProcessId, never its pid: a record of a new process with a living one's
// pid ends the old one, whose exit was missed. What a process was started as may come after
// what it did, or never: everything is kept from the first record that names it.
//
// Bounded by ProcessLimits. Processes that have exited go first, the one that exited first
// leading; then living ones, the one that was seen first leading. A socket goes with its
// owner's exit; where there are too many, the one that was told first goes.
#pragma once

#include "scanner/model/host_record.h"
#include "scanner/process/load_window.h"

#include <cstddef>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace scanner {

struct ProcessLimits {
  std::size_t max_processes = 65536;
  std::size_t max_bytes = 64 * 1024 * 1024;  // of texts, over all processes
  std::size_t max_sockets = 131072;
  std::size_t max_sockets_each = 1024;
  std::size_t max_groups = 4096;  // whose load is followed; the one that was told first goes first
  // Of one process's texts; the rest is cut off (arguments at a whole one).
  std::size_t max_text = 1024, max_arguments = 64, max_argument_bytes = 4096, max_environment_bytes = 2048;
  LoadLimits load;
};

// A process as far as it is known. Valid until the table's next learn().
struct Process {
  ProcessId id;
  bool started_seen = false;  // else `image` holds the id alone
  ProcessStarted image;       // cut to the limits, without strings of the image
  std::uint32_t images = 0;   // how many were seen: another executable or name is another image
  std::optional<ProcessId> parent;
  Timestamp first_seen;
  std::optional<Timestamp> exited;
  // Its end of the first socket that tells where it is: no loopback, not unspecified.
  std::optional<IpAddress> address;
  LoadWindow load;  // of the present image
};

class ProcessTable {
 public:
  explicit ProcessTable(const ProcessLimits& limits = {}) : limits_(limits) {}

  // `now`: engine time of the record. Usage is not judged where that is not what the record
  // itself says, give or take a second.
  void learn(const HostRecord& record, Timestamp now);

  const Process* find(const ProcessId& id) const;  // null: never seen, or gone
  // The parent, its parent and so on, as far as they are known; at most 16.
  std::vector<const Process*> ancestors(const ProcessId& id) const;
  // Those with the same parent, as far as they are known, the last ones first; at most 64.
  std::vector<const Process*> siblings(const ProcessId& id) const;
  // The first process of that boot (pid 1); null: not seen.
  const Process* init(const std::string& boot) const;
  // Who owns the socket with this end and that other end; null: nobody is known to.
  const Process* owner_of(const Endpoint& local, const Endpoint& remote, IpProtocol protocol) const;
  // The conversation is over: whoever was told to own the socket no later than at `told`
  // owns it no more. A later word is about the next one between the same ends.
  void release(const Endpoint& local, const Endpoint& remote, IpProtocol protocol, Timestamp told);

  bool under_sustained_load(const Process& process) const { return process.load.sustained(limits_.load); }
  // The load of the control group that it is in itself (of no wider one); null: not told.
  const LoadWindow* group_load(const Process& process) const;
  bool group_under_sustained_load(const Process& process) const {
    const LoadWindow* load = group_load(process);
    return load != nullptr && load->sustained(limits_.load);
  }
  const LoadLimits& load_limits() const { return limits_.load; }

  std::size_t size() const { return entries_.size(); }
  std::size_t sockets() const { return sockets_.size(); }

 private:
  using Order = std::list<ProcessId>;
  struct Entry {
    Process process;
    Order::iterator place;  // in living_ or exited_
    std::size_t bytes = 0;
    std::vector<ProcessId> children;  // the last ones; may name some that are forgotten
    std::vector<FiveTuple> sockets;  // source: its own end; may name some that are another's now
  };
  struct Socket {
    ProcessId owner;
    Timestamp told;
    std::uint64_t number = 0;
  };
  struct IdHash {
    std::size_t operator()(const ProcessId& id) const;
  };
  struct TupleHash {
    std::size_t operator()(const FiveTuple& tuple) const { return symmetric_hash(tuple); }
  };

  Entry& entry_of(const ProcessId& id, Timestamp now);
  void start(const ProcessStarted& started, Timestamp now);
  void describe(Entry& entry, const ImageFacts& facts);
  void end(Entry& entry, Timestamp now);
  void own(Entry& entry, const SocketOwned& owned, Timestamp now);
  void drop_socket(const FiveTuple& tuple, const ProcessId& owner);
  void drop_sockets(Entry& entry);
  void forget(const ProcessId& id);
  void use_group(const CgroupUsage& usage, Timestamp at);
  void keep_limits();

  ProcessLimits limits_;
  std::unordered_map<ProcessId, Entry, IdHash> entries_;
  std::unordered_map<ProcessId, ProcessId, IdHash> living_by_pid_;  // key: start 0
  Order living_, exited_;
  std::unordered_map<FiveTuple, Socket, TupleHash> sockets_;
  std::deque<std::pair<std::uint64_t, FiveTuple>> socket_order_;  // by Socket::number; may name some that are gone
  std::uint64_t socket_number_ = 0;
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, LoadWindow> groups_;
  std::deque<std::string> group_order_;
};

}  // namespace scanner

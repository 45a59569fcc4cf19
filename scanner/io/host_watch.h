// Where news of the host's processes, sockets and usage comes from: the kernel's own events
// where it gives them (eBPF, else the process connector), else looking at /proc again and again.
//
// The first collect() calls tell what ran before (ProcessStarted, SocketOwned); then come what
// is new, who ended, and every `usage_every` what was used. Identity is (boot, start, pid) with
// the start in clock ticks of /proc/PID/stat, the same whichever source told it. All records'
// times are wall clock, none later than the collect()'s `now`, none before the one before it.
//
// A process that forks and executes something at once is told once, as what it executes; one
// that is gone before anything could be read of it is told with what the event itself said, or
// counted as `incomplete`. Memory is bounded by the options; what does not fit is counted.
#pragma once

#include "scanner/model/host_record.h"
#include "scanner/model/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// Since the start. Losses are exact where the source can tell (eBPF); else `rescans` says how
// often an unknown number was lost and everything was read anew.
struct WatchCounters {
  std::uint64_t seen = 0;        // processes that were started or replaced their image
  std::uint64_t lost = 0;        // events that did not reach us
  std::uint64_t incomplete = 0;  // processes gone before their arguments could be read
  std::uint64_t rescans = 0;     // of all of /proc, after a loss
};

// One thread at a time. Not tied to the thread that opened it.
class HostWatch {
 public:
  virtual ~HostWatch() = default;
  virtual std::string_view name() const = 0;  // "ebpf", "netlink", "poll"
  // Readable (poll, epoll) when there may be news; -1: ask by time alone. Lives as long as this.
  virtual int descriptor() const = 0;
  virtual Duration period() const = 0;  // collect at least this often, whatever the descriptor says
  // Appends what happened since the last call, in order, at most `most`. True: more waits, ask
  // again soon. `now`: wall clock. An error is final: open another watch.
  virtual Result<bool> collect(Timestamp now, std::vector<HostRecord>& records, std::size_t most) = 0;
  virtual WatchCounters counters() const = 0;
};

struct HostWatchOptions {
  std::string proc = "/proc";
  bool allow_ebpf = true, allow_netlink = true;
  Duration poll_every = std::chrono::seconds(1);    // by the poll source, and for sockets by netlink
  Duration usage_every = std::chrono::seconds(10);  // windows of UsageSample and CgroupUsage
  std::uint64_t max_image_bytes = 256 * 1024 * 1024;  // of larger images nothing but the kind is told
  std::vector<std::string> image_words;  // texts of an image that hold one are told; Datasets::words("image-words")
  std::size_t max_processes = 65536;          // that are known at a time
  std::size_t max_argument_bytes = 16 * 1024;  // of one process
  std::size_t buffer_bytes = 8 * 1024 * 1024;  // of the kernel's queue to us; eBPF, whose queue is mapped, takes half
};

struct WatchChoice {
  std::unique_ptr<HostWatch> watch;
  std::vector<std::string> notes;  // for the log and health: why it is not a better one, "ebpf: …"
};

// The best that works here. An error only where not even /proc can be read.
Result<WatchChoice> open_host_watch(const HostWatchOptions& options);

}  // namespace scanner

// The processes that were told of and live, by pid: what a source needs to tell news from what
// is known. Fed with what happened to a pid, or by going through all of /proc.
#pragma once

#include "scanner/io/cgroup_meter.h"
#include "scanner/io/host_watch.h"
#include "scanner/io/image_facts.h"
#include "scanner/io/proc_reader.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

namespace scanner {

struct KnownProcess {
  ProcessId id;
  ImageStamp stamp;
  std::string comm;
  std::uint32_t uid = 0;
  std::uint64_t network_namespace = 0;
  FileDescriptor stat;  // open, where there is room for it
  Timestamp read_at;  // when we read it, whenever it happened
  std::uint32_t scan = 0;  // in which it was last found
  CgroupMeter::Group group = CgroupMeter::kNone;
  std::uint64_t ticks = 0;  // of CPU, up to `sampled`
  Timestamp sampled;
  int busy_windows = 0;  // for so many windows more its usage is told
};

class ProcessRoster {
 public:
  // What an event of the kernel said of a process, for where /proc cannot say it any more.
  struct Execution {
    ProcessStarted started;
    std::uint64_t start_ticks = 0;
    std::uint64_t argument_start = 0;  // tells the image that it is about; 0: unknown
  };

  ProcessRoster(const HostWatchOptions& options, const ProcReader& proc, ImageLibrary& images, CgroupMeter& cgroups);

  // The time of what follows; records of what happened at no known moment carry it.
  void at_time(Timestamp now) {
    now_ = now;
    begun_ = std::chrono::steady_clock::now();
  }
  // When something is read: later than that by what the work took since. Windows of usage are
  // measured by it, so that a busy machine does not make processes look busier.
  Timestamp reading_time() const { return now_ + (std::chrono::steady_clock::now() - begun_); }

  // Goes through all of /proc: who is new, who has other images, who is gone. step_scan() goes
  // on until it returns false. False from begin_scan(): /proc cannot be read.
  bool begin_scan();
  bool step_scan(std::vector<HostRecord>& records, std::size_t most);
  bool scanning() const { return scanning_; }

  // The process was started or has another image since `at`. `execution`: what is known of it
  // without /proc, or null.
  void executed(std::int32_t pid, Timestamp at, const Execution* execution, std::vector<HostRecord>& records);
  // Was born, or changed its name or user: is looked at a moment later, unless it executes or
  // ends before.
  void changed(std::int32_t pid, Timestamp at);
  void ended(std::int32_t pid, Timestamp at, std::vector<HostRecord>& records);
  // Looks at those whose moment has come. True: more wait whose moment has come too.
  bool settle(std::vector<HostRecord>& records, std::size_t most);
  // Now, rather than a moment later. Null: it is not there.
  const KnownProcess* look(std::int32_t pid, std::vector<HostRecord>& records);
  // Its user or group is another: it is told anew at the next look.
  void outdated(std::int32_t pid);

  std::unordered_map<std::int32_t, KnownProcess>& processes() { return processes_; }
  const ProcReader& proc() const { return proc_; }
  WatchCounters& counters() { return counters_; }

 private:
  enum class News { None, Image, Replaced, Gone };
  struct Young {
    std::int32_t pid = 0;
    Timestamp due;
  };

  News news_of(const KnownProcess& known) const;
  bool tell(ReadProcess&& read, Timestamp at, std::vector<HostRecord>& records);
  void tell_unread(const Execution& execution, const ReadProcess* later, Timestamp at, std::vector<HostRecord>& records);
  KnownProcess* admit(const ProcessId& id, Timestamp at, std::vector<HostRecord>& records);
  bool drop_missing(std::vector<HostRecord>& records, std::size_t most);

  const HostWatchOptions& options_;
  const ProcReader& proc_;
  ImageLibrary& images_;
  CgroupMeter& cgroups_;
  std::unordered_map<std::int32_t, KnownProcess> processes_;
  std::deque<Young> young_;  // by due
  std::vector<std::int32_t> scan_pids_;
  std::size_t scan_at_ = 0;
  std::uint32_t scan_ = 0;
  std::size_t open_stats_ = 0, max_open_stats_ = 0;
  Timestamp now_;
  std::chrono::steady_clock::time_point begun_;
  bool scanning_ = false, first_scan_ = true;
  WatchCounters counters_;
};

}  // namespace scanner

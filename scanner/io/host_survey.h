// What every source does, whoever brings the news: the first look at all that runs, usage
// windows, owners of sockets, facts of images. One piece of work at a time, so that no call
// takes long.
#pragma once

#include "scanner/io/cgroup_meter.h"
#include "scanner/io/host_watch.h"
#include "scanner/io/image_facts.h"
#include "scanner/io/process_roster.h"
#include "scanner/io/socket_owners.h"

#include <memory>
#include <vector>

namespace scanner {

class HostSurvey {
 public:
  // `scan_every`, `sockets_every`: zero: only when asked. Fails where /proc cannot be read.
  static Result<std::unique_ptr<HostSurvey>> open(const HostWatchOptions& options, Duration scan_every,
                                                  Duration sockets_every);

  ProcessRoster& roster() { return roster_; }
  const HostWatchOptions& options() const { return options_; }
  void want_scan() { scan_wanted_ = true; }
  void want_sockets() { sockets_wanted_ = true; }

  // The moment of something that happened at `at`: no record is older than the one before it
  // (unless the clock was put back), none is of the future.
  Timestamp moment(Timestamp at);
  // Begins a collect().
  void at_time(Timestamp now);
  // Does what is due; true: there is more to do at once.
  Result<bool> work(std::vector<HostRecord>& records, std::size_t most);
  WatchCounters counters() { return roster_.counters(); }

 private:
  HostSurvey(const HostWatchOptions& options, ProcReader proc, Duration scan_every, Duration sockets_every);

  Result<bool> scan(std::vector<HostRecord>& records, std::size_t most);
  bool sweep_sockets(std::vector<HostRecord>& records, std::size_t most);
  bool sample_usage(std::vector<HostRecord>& records, std::size_t most);
  void sample(KnownProcess& known, std::vector<HostRecord>& records);

  HostWatchOptions options_;
  ProcReader proc_;
  ImageLibrary images_;
  CgroupMeter cgroups_;
  ProcessRoster roster_;
  SocketOwners sockets_;
  Duration scan_every_, sockets_every_;
  bool scan_wanted_ = true, sockets_wanted_ = true;
  Timestamp now_, last_moment_, scan_due_, sockets_due_, usage_due_;
  std::vector<std::int32_t> usage_pids_;
  std::size_t usage_at_ = 0;
  bool sampling_ = false;
};

}  // namespace scanner

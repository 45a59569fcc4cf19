// Many short-lived processes, and how many of them a source of processes saw.
#pragma once

#include "scanner/io/host_watch.h"

#include <cstddef>
#include <functional>
#include <vector>

namespace scanner::test {

struct StormTally {
  std::size_t spawned = 0;         // by the storm
  std::size_t seen = 0;            // told, each once, with the arguments that it was given
  std::size_t ended = 0;           // of those whose end was told too
  double spawn_seconds = 0, cpu_seconds = 0;  // how long it took; CPU of the reader alone
  WatchCounters before, after;
};

// The wall clock, as an agent gives it to collect().
Timestamp wall_clock();

// Collects until nothing more waits; for at most `seconds`, and where `done` says so earlier.
void collect_for(HostWatch& watch, double seconds, std::vector<HostRecord>& records,
                 const std::function<bool(const std::vector<HostRecord>&)>& done = nullptr);

// The share of a core that reading takes while nothing is done for the test; what ran before
// must have been read.
double share_at_rest(HostWatch& watch, double seconds);

// Starts `processes` of /bin/true, `per_second` of them a second where the machine can, from a
// process of its own, and reads the source meanwhile; or, `stalled`, only when all have ended.
StormTally run_storm(HostWatch& watch, std::size_t processes, std::size_t per_second, bool stalled = false);

}  // namespace scanner::test

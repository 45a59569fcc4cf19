#include "tests/support/process_storm.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <poll.h>
#include <set>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace scanner::test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kMost = 256;

double seconds_since(Clock::time_point begun) { return std::chrono::duration<double>(Clock::now() - begun).count(); }

double cpu_seconds() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

// Waits for news as an agent would, for at most its period.
void wait_for_news(const HostWatch& watch) {
  const auto period = std::chrono::duration_cast<std::chrono::milliseconds>(watch.period());
  pollfd readable{watch.descriptor(), POLLIN, 0};
  if (watch.descriptor() >= 0)
    ::poll(&readable, 1, static_cast<int>(period.count()));
  else
    std::this_thread::sleep_for(period);
}

// Spawns in two processes: on a busy machine one alone does not reach 2,000 a second.
[[noreturn]] void spawn_all(std::size_t processes, std::size_t per_second, std::string mark) {
  ::signal(SIGCHLD, SIG_IGN);
  const std::size_t others = processes / 2;
  const pid_t second = ::fork();
  processes = second == 0 ? others : processes - others;
  per_second = std::max<std::size_t>(per_second / 2, 1);
  if (second == 0) mark += "b";
  const auto begun = Clock::now();
  for (std::size_t i = 0; i < processes; ++i) {
    const auto due = begun + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(static_cast<double>(i) / static_cast<double>(per_second)));
    if (Clock::now() < due) std::this_thread::sleep_until(due);
    std::string program = "/bin/true", number = mark + std::to_string(i);
    char* arguments[] = {program.data(), number.data(), nullptr};
    pid_t pid = 0;
    ::posix_spawn(&pid, program.c_str(), nullptr, nullptr, arguments, environ);
  }
  // Its end is waited for, though nobody asks how it was.
  if (second > 0) ::waitpid(second, nullptr, 0);
  ::_exit(0);
}

}  // namespace

Timestamp wall_clock() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return {std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec};
}

void collect_for(HostWatch& watch, double seconds, std::vector<HostRecord>& records,
                 const std::function<bool(const std::vector<HostRecord>&)>& done) {
  const auto begun = Clock::now();
  for (;;) {
    const auto more = watch.collect(wall_clock(), records, kMost);
    if (!more || (done && done(records)) || seconds_since(begun) > seconds) return;
    if (!*more) wait_for_news(watch);
  }
}

double share_at_rest(HostWatch& watch, double seconds) {
  std::vector<HostRecord> records;
  const double before = cpu_seconds();
  collect_for(watch, seconds, records);
  return (cpu_seconds() - before) / seconds;
}

StormTally run_storm(HostWatch& watch, std::size_t processes, std::size_t per_second, bool stalled) {
  std::vector<HostRecord> records;
  while (watch.collect(wall_clock(), records, kMost).value_or(false)) records.clear();
  StormTally tally;
  tally.spawned = processes;
  tally.before = watch.counters();
  const std::string mark = "aupscan-storm-" + std::to_string(::getpid()) + "-";
  const double cpu_before = cpu_seconds();
  const auto begun = Clock::now();
  const pid_t spawner = ::fork();
  if (spawner == 0) spawn_all(processes, per_second, mark);
  std::set<std::string> seen;
  std::set<ProcessId> living;
  bool spawning = true;
  auto last = Clock::now();
  // A second beyond the last process, so that whatever is on its way arrives.
  while (spawning || seconds_since(last) < 1) {
    records.clear();
    const bool more = !(stalled && spawning) && watch.collect(wall_clock(), records, kMost).value_or(false);
    for (const HostRecord& record : records) {
      if (const auto* started = std::get_if<ProcessStarted>(&record.what)) {
        if (started->arguments.size() != 2 || !started->arguments[1].starts_with(mark)) continue;
        seen.insert(started->arguments[1]);
        living.insert(started->id);
      } else if (const auto* exited = std::get_if<ProcessExited>(&record.what)) {
        tally.ended += living.erase(exited->id);
      }
    }
    if (spawning && ::waitpid(spawner, nullptr, stalled ? 0 : WNOHANG) == spawner) {
      spawning = false;
      tally.spawn_seconds = seconds_since(begun);
      last = Clock::now();
    }
    if (spawning || more) last = Clock::now();
    if (!more && !(stalled && spawning)) wait_for_news(watch);
  }
  tally.cpu_seconds = cpu_seconds() - cpu_before;
  tally.seen = seen.size();
  tally.after = watch.counters();
  return tally;
}

}  // namespace scanner::test

// A storm of short-lived processes against each source of processes that works here: how many
// were seen with their arguments, what was counted as lost, what reading cost; before that, what
// it costs at rest, over a window of usage, with whatever else the machine does.
//   tools/bench/process-storm [PROCESSES [PER_SECOND]]     default 10000 at 2000 a second
#include "scanner/io/host_watch.h"
#include "tests/support/process_storm.h"

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

using namespace scanner;

void run(bool ebpf, bool netlink, std::string_view wanted, std::size_t processes, std::size_t per_second) {
  HostWatchOptions options;
  options.allow_ebpf = ebpf;
  options.allow_netlink = netlink;
  const auto choice = open_host_watch(options);
  if (!choice || choice->watch->name() != wanted) {
    std::printf("%-8s does not work here%s%s\n", wanted.data(), choice && !choice->notes.empty() ? ": " : "",
                choice && !choice->notes.empty() ? choice->notes.front().c_str() : "");
    return;
  }
  // By then the images of what runs are read, too.
  std::vector<HostRecord> first;
  test::collect_for(*choice->watch, 20, first);
  const std::uint64_t others = choice->watch->counters().seen;
  const double rest = test::share_at_rest(*choice->watch, 10);
  std::printf("%-8s at rest %.2f %% of a core, while %llu other processes were started\n", wanted.data(), 100 * rest,
              static_cast<unsigned long long>(choice->watch->counters().seen - others));
  const test::StormTally tally = test::run_storm(*choice->watch, processes, per_second);
  const auto since = [](std::uint64_t before, std::uint64_t after) { return static_cast<unsigned long long>(after - before); };
  std::printf("%-8s spawned %zu at %.0f/s, seen with arguments %zu (%.2f %%), ends %zu, lost %llu, incomplete %llu, rescans %llu, reader %.1f us of CPU a process\n",
              wanted.data(), tally.spawned, static_cast<double>(tally.spawned) / tally.spawn_seconds, tally.seen,
              100.0 * static_cast<double>(tally.seen) / static_cast<double>(tally.spawned), tally.ended,
              since(tally.before.lost, tally.after.lost), since(tally.before.incomplete, tally.after.incomplete),
              since(tally.before.rescans, tally.after.rescans), 1e6 * tally.cpu_seconds / static_cast<double>(tally.spawned));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t processes = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 10000;
  const std::size_t per_second = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 2000;
  if (processes == 0 || per_second == 0) return 1;
  run(true, false, "ebpf", processes, per_second);
  run(false, true, "netlink", processes, per_second);
  run(false, false, "poll", processes, per_second);
}

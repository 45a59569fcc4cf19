#include "scanner/io/host_watch.h"

#include "tests/support/process_storm.h"
#include "tests/unit/io/fake_proc.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace scanner;
using test::FakeProc;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
Timestamp at(std::int64_t seconds) { return {(FakeProc::kBooted + 1000 + seconds) * kSecond}; }

// A source that looks at a made-up /proc every second.
class Bench {
 public:
  explicit Bench(HostWatchOptions options = {}) {
    options.proc = proc.path();
    options.usage_every = std::chrono::seconds(10);
    auto choice = open_host_watch(options);
    REQUIRE(choice);
    watch = std::move(choice->watch);
  }

  // What a look at that second tells.
  std::vector<HostRecord> look(std::int64_t seconds, std::size_t most = 1000) {
    std::vector<HostRecord> records;
    for (;;) {
      const std::size_t before = records.size();
      const auto more = watch->collect(at(seconds), records, most);
      REQUIRE(more);
      CHECK(records.size() - before <= most);
      if (!*more) return records;
    }
  }

  FakeProc proc;
  std::unique_ptr<HostWatch> watch;
};

template <typename What>
std::vector<What> only(const std::vector<HostRecord>& records) {
  std::vector<What> found;
  for (const HostRecord& record : records)
    if (const auto* what = std::get_if<What>(&record.what)) found.push_back(*what);
  return found;
}

const std::string kMinerArguments("./x\0-o\0pool:1\0", 14);

}  // namespace

TEST_CASE("the first look tells what ran before, with all that can be read of it", "[watch]") {
  Bench bench;
  CHECK(bench.watch->name() == "poll");
  bench.proc.process(42, "x", 5000, kMinerArguments, "/opt/x");
  const auto started = only<ProcessStarted>(bench.look(0));
  REQUIRE(started.size() == 1);
  const ProcessStarted& process = started[0];
  CHECK(process.id == ProcessId{"b1", (FakeProc::kBooted + 50) * kSecond, 42});
  CHECK(process.parent_pid == 1);
  CHECK(process.executable == "/opt/x");
  CHECK(process.arguments == std::vector<std::string>{"./x", "-o", "pool:1"});
  CHECK_FALSE(process.arguments_cut);
  CHECK(process.environment_keys == std::vector<std::string>{"HOME", "LD_PRELOAD"});
  CHECK(process.environment.size() == 1);
  CHECK(process.comm == "x");
  CHECK(process.cwd == "/tmp");
  CHECK(process.container == std::string(64, 'c'));
  CHECK(process.uid == 1000);
  CHECK(process.gid == 100);
  CHECK(process.session == 42);
  CHECK_FALSE(process.terminal);
  CHECK(process.network_namespace == 77);
  CHECK(process.pid_namespace == 78);
  CHECK(process.unknown == std::vector<std::string>{"sha256"});
  CHECK(bench.watch->counters().seen == 0);
  CHECK(bench.look(1).empty());
}

TEST_CASE("what cannot be read of a process is named and not made up", "[watch]") {
  Bench bench;
  bench.proc.process(42, "x", 5000, kMinerArguments, "/opt/x");
  for (const char* name : {"42/exe", "42/environ", "42/cwd", "42/status", "42/cgroup", "42/ns", "42/cmdline"}) bench.proc.remove(name);
  const auto started = only<ProcessStarted>(bench.look(0));
  REQUIRE(started.size() == 1);
  CHECK(started[0].unknown == std::vector<std::string>{"executable", "arguments", "environment", "cwd", "uid", "cgroup", "sha256"});
  CHECK(started[0].executable.empty());
  CHECK(started[0].network_namespace == 0);
}

TEST_CASE("threads of the kernel and processes that have ended are not told", "[watch]") {
  Bench bench;
  bench.proc.process(42, "x", 5000, kMinerArguments, "/opt/x");
  bench.proc.stat(42, "x", 5000, 1, 0, "Z");
  bench.proc.write("43/stat", "43 (kworker) S 2 0 0 0 -1 2097152 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0 0\n");
  bench.proc.write("not-a-pid/stat", "");
  bench.proc.write("44/stat", "garbage");
  CHECK(bench.look(0).empty());
}

TEST_CASE("a pid that is used again within a second is another process, and the first one has ended", "[watch]") {
  Bench bench;
  bench.proc.process(42, "x", 5000, kMinerArguments, "/opt/x");
  const ProcessId first = only<ProcessStarted>(bench.look(0)).at(0).id;
  bench.proc.process(42, "y", 5050, kMinerArguments, "/opt/y");
  const auto records = bench.look(1);
  REQUIRE(records.size() == 2);
  CHECK(std::get<ProcessExited>(records[0].what).id == first);
  const auto& second = std::get<ProcessStarted>(records[1].what);
  CHECK(second.id.pid == 42);
  CHECK(second.id.start_ns - first.start_ns == kSecond / 2);
  CHECK(second.executable == "/opt/y");
  CHECK(bench.watch->counters().seen == 1);
}

TEST_CASE("another image or another name of one process is told, and its end once", "[watch]") {
  Bench bench;
  bench.proc.process(42, "sh", 5000, "sh", "/bin/sh");
  const ProcessId id = only<ProcessStarted>(bench.look(0)).at(0).id;
  bench.proc.process(42, "x", 5000, kMinerArguments, "/opt/x", 2);
  auto started = only<ProcessStarted>(bench.look(1));
  REQUIRE(started.size() == 1);
  CHECK(started[0].id == id);
  CHECK(started[0].executable == "/opt/x");
  bench.proc.stat(42, "kworker/0:1", 5000, 2);
  started = only<ProcessStarted>(bench.look(2));
  REQUIRE(started.size() == 1);
  CHECK(started[0].comm == "kworker/0:1");
  bench.proc.end(42);
  const auto ended = only<ProcessExited>(bench.look(3));
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].id == id);
  CHECK(bench.look(4).empty());
}

TEST_CASE("a script is told by its name among its interpreter's arguments", "[watch]") {
  Bench bench;
  bench.proc.process(42, "run.sh", 5000, std::string("/bin/sh\0/tmp/run.sh\0", 20), "/bin/dash");
  bench.proc.process(43, "sh", 5000, std::string("sh\0/tmp/other.sh\0", 17), "/bin/dash");
  const auto started = only<ProcessStarted>(bench.look(0));
  REQUIRE(started.size() == 2);
  CHECK(started[0].image_kind == "script");
  CHECK(started[0].script == "/tmp/run.sh");
  CHECK(started[1].script.empty());
}

TEST_CASE("as many records come at a time as were asked for, and none is lost", "[watch]") {
  Bench bench;
  for (int pid = 100; pid < 160; ++pid) bench.proc.process(pid, "x", 5000, kMinerArguments, "/opt/x");
  CHECK(only<ProcessStarted>(bench.look(0, 7)).size() == 60);
  for (int pid = 100; pid < 160; ++pid) bench.proc.end(pid);
  CHECK(only<ProcessExited>(bench.look(1, 7)).size() == 60);
}

TEST_CASE("processes beyond the bound are counted as lost", "[watch]") {
  HostWatchOptions options;
  options.max_processes = 5;
  Bench bench(options);
  for (int pid = 100; pid < 110; ++pid) bench.proc.process(pid, "x", 5000, kMinerArguments, "/opt/x");
  CHECK(only<ProcessStarted>(bench.look(0)).size() == 5);
  CHECK(bench.watch->counters().lost == 5);
}

TEST_CASE("arguments beyond the bound are cut and said to be", "[watch]") {
  HostWatchOptions options;
  options.max_argument_bytes = 8;
  Bench bench(options);
  bench.proc.process(42, "x", 5000, kMinerArguments, "/opt/x");
  const auto started = only<ProcessStarted>(bench.look(0));
  CHECK(started.at(0).arguments == std::vector<std::string>{"./x", "-o", "p"});
  CHECK(started.at(0).arguments_cut);
}

TEST_CASE("usage is told for those who compute, with the pauses between", "[watch]") {
  Bench bench;
  bench.proc.process(42, "x", 5000, kMinerArguments, "/opt/x");
  bench.proc.process(43, "idle", 5000, "idle", "/opt/idle");
  bench.look(0);
  const auto use = [&](std::int64_t second, std::uint64_t ticks) {
    bench.proc.stat(42, "x", 5000, 1, ticks);
    return only<UsageSample>(bench.look(second));
  };
  auto samples = use(10, 2000);
  REQUIRE(samples.size() == 1);
  CHECK(samples[0].id.pid == 42);
  CHECK(samples[0].window >= std::chrono::seconds(9));
  CHECK(samples[0].window <= std::chrono::seconds(12));
  CHECK(samples[0].cpu_cores * std::chrono::duration<double>(samples[0].window).count() == Approx(20.0));
  CHECK(samples[0].resident_bytes >= 4096);
  for (std::int64_t second = 20; second <= 50; second += 10) {
    samples = use(second, 2000);
    REQUIRE(samples.size() == 1);
    CHECK(samples[0].cpu_cores == 0);
  }
  CHECK(use(60, 2000).empty());
  CHECK(use(70, 3000).size() == 1);
}

TEST_CASE("a socket is told as the process's that holds it, once, in its namespace", "[watch]") {
  Bench bench;
  bench.proc.process(42, "x", 5000, kMinerArguments, "/opt/x");
  bench.proc.process(43, "y", 5000, "y", "/opt/y");
  const std::string listed = "   0: 0A0200C0:9C40 076433C6:0D05 01 0:0 0:0 0 0 0 900 1\n"
                     "   1: 0A0200C0:0050 00000000:0000 0A 0:0 0:0 0 0 0 901 1\n"
                     "   2: 0A0200C0:0050 076433C6:1000 01 0:0 0:0 0 0 0 902 1\n"
                     "   3: 0A0200C0:0051 076433C6:1001 06 0:0 0:0 0 0 0 0 1\n";
  for (const int pid : {42, 43}) bench.proc.tcp(pid, listed);
  bench.proc.socket(42, 3, 900);
  bench.proc.socket(42, 4, 902);
  bench.proc.socket(42, 5, 901);
  auto owned = only<SocketOwned>(bench.look(0));
  REQUIRE(owned.size() == 2);
  std::sort(owned.begin(), owned.end(), [](const auto& a, const auto& b) { return a.local.port < b.local.port; });
  CHECK(owned[0].local.to_string() == "192.0.2.10:80");
  CHECK(owned[0].accepted);
  CHECK(owned[1].local.to_string() == "192.0.2.10:40000");
  CHECK(owned[1].remote.to_string() == "198.51.100.7:3333");
  CHECK_FALSE(owned[1].accepted);
  for (const SocketOwned& socket : owned) {
    CHECK(socket.id.pid == 42);
    CHECK(socket.network_namespace == 77);
  }
  CHECK(only<SocketOwned>(bench.look(2)).empty());
  // The number is used again for another conversation after the first one is over.
  for (const int pid : {42, 43}) bench.proc.tcp(pid, "");
  bench.look(4);
  for (const int pid : {42, 43}) bench.proc.tcp(pid, "   0: 0A0200C0:9C41 076433C6:0D05 01 0:0 0:0 0 0 0 900 1\n");
  CHECK(only<SocketOwned>(bench.look(6)).size() == 1);
}

TEST_CASE("a clock that is put back does not stop the looking", "[watch]") {
  Bench bench;
  bench.proc.process(42, "x", 5000, kMinerArguments, "/opt/x");
  bench.look(100000);
  bench.proc.stat(42, "x", 5000, 1, 5000);
  bench.look(10);
  bench.proc.process(43, "y", 5000, "y", "/opt/y");
  CHECK(only<ProcessStarted>(bench.look(12)).size() == 1);
  bench.proc.stat(42, "x", 5000, 1, 6000);
  const auto samples = only<UsageSample>(bench.look(21));
  REQUIRE(samples.size() <= 1);
  bench.proc.stat(42, "x", 5000, 1, 7000);
  CHECK(only<UsageSample>(bench.look(32)).size() == 1);
}

TEST_CASE("without /proc there is no source, and it is said", "[watch]") {
  HostWatchOptions options;
  options.proc = "/nonexistent";
  const auto choice = open_host_watch(options);
  REQUIRE_FALSE(choice);
  CHECK(choice.error().message.find("/nonexistent") != std::string::npos);
}

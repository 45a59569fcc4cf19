#include "scanner/process/process_table.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

Timestamp at(std::int64_t seconds) { return Timestamp{seconds * kSecond}; }
ProcessId process(std::int32_t pid, std::int64_t start) { return {"boot", start * kSecond, pid}; }
Endpoint end(const char* address, std::uint16_t port) { return {*IpAddress::parse(address), port}; }
const Endpoint kPool = end("198.51.100.7", 3333);

class Bench {
 public:
  explicit Bench(const ProcessLimits& limits = {}) : table(limits) {}

  void start(const ProcessId& id, const std::string& executable = "/bin/x", std::int32_t parent = 0,
             std::vector<std::string> arguments = {}) {
    ProcessStarted started;
    started.id = id;
    started.parent_pid = parent;
    started.executable = executable;
    started.arguments = std::move(arguments);
    learn(started);
  }
  void exit(const ProcessId& id) { learn(ProcessExited{id}); }
  void own(const ProcessId& id, const Endpoint& local, const Endpoint& remote = kPool) {
    learn(SocketOwned{id, local, remote, IpProtocol::Tcp});
  }
  void use(const ProcessId& id, double cores, std::int64_t window = 10) {
    now += window - 1;
    learn(UsageSample{id, std::chrono::seconds(window), cores, 0});
  }
  std::optional<ProcessId> owner(const Endpoint& local, const Endpoint& remote = kPool) const {
    const Process* found = table.owner_of(local, remote, IpProtocol::Tcp);
    return found == nullptr ? std::nullopt : std::optional(found->id);
  }
  bool loaded(const ProcessId& id) const { return table.under_sustained_load(*table.find(id)); }
  void learn(const decltype(HostRecord::what)& what) {
    ++now;
    table.learn({at(now), what}, at(now));
  }

  ProcessTable table;
  std::int64_t now = 1000;
};

}  // namespace

TEST_CASE("facts of an image that were found later are the process's, and change no image", "[process]") {
  Bench bench;
  const ProcessId miner = process(11, 6);
  bench.start(miner, "/opt/xmrig");
  bench.learn(ImageFacts{miner, std::string(64, 'a'), "elf-static", "upx", {"stratum+tcp://"}});
  const Process* found = bench.table.find(miner);
  REQUIRE(found != nullptr);
  CHECK(found->images == 1);
  CHECK(found->image.executable == "/opt/xmrig");
  CHECK(found->image.sha256 == std::string(64, 'a'));
  CHECK(found->image.image_kind == "elf-static");
  CHECK(found->image.packer == "upx");
  CHECK(found->image.image_strings.empty());
}

TEST_CASE("a process keeps its identity, parents and socket until it exits", "[process]") {
  Bench bench;
  const ProcessId init = process(1, 0), shell = process(10, 5), miner = process(11, 6);
  bench.start(init);
  bench.start(shell, "/bin/sh", 1);
  bench.start(miner, "/opt/xmrig", 10);
  bench.own(miner, end("192.0.2.10", 40000));
  CHECK(bench.owner(end("192.0.2.10", 40000)) == miner);
  CHECK_FALSE(bench.owner(kPool, end("192.0.2.10", 40000)));  // the other end's owner is another
  const auto chain = bench.table.ancestors(miner);
  REQUIRE(chain.size() == 2);
  CHECK(chain[0]->id == shell);
  CHECK(chain[1]->id == init);
  bench.exit(miner);
  CHECK_FALSE(bench.owner(end("192.0.2.10", 40000)));
  REQUIRE(bench.table.find(miner) != nullptr);
  CHECK(bench.table.find(miner)->exited);
}

TEST_CASE("a pid that is used again within the second is another process", "[process]") {
  Bench bench;
  const ProcessId first = process(42, 100);
  const ProcessId second = {"boot", first.start_ns + kSecond / 2, 42};
  bench.start(first, "/opt/xmrig");
  bench.own(first, end("192.0.2.10", 40000));
  bench.start(second, "/usr/bin/ffmpeg");  // the first one's exit was missed
  CHECK(bench.table.find(first)->exited);
  CHECK_FALSE(bench.owner(end("192.0.2.10", 40000)));
  CHECK(bench.table.find(second)->image.executable == "/usr/bin/ffmpeg");
  bench.use(first, 4);  // a late record does not bring it back
  CHECK_FALSE(bench.table.find(second)->exited);
  bench.start(process(43, 200));
  bench.start(process(43, 150));
  CHECK(bench.table.find(process(43, 150))->exited);
  CHECK_FALSE(bench.table.find(process(43, 200))->exited);
  // A child names its parent by pid: the one that lives.
  bench.start(process(50, 300), "/bin/y", 42);
  CHECK(bench.table.ancestors(process(50, 300)).at(0)->id == second);
}

TEST_CASE("another boot's process is another process", "[process]") {
  Bench bench;
  const ProcessId one{"boot-1", 5, 1}, two{"boot-2", 5, 1};
  bench.start(one);
  bench.start(two);
  CHECK_FALSE(bench.table.find(one)->exited);
  CHECK(bench.table.size() == 2);
}

TEST_CASE("a socket is its last owner's, and none's when its conversation is over", "[process]") {
  Bench bench;
  const ProcessId one = process(1, 1), two = process(2, 2);
  const Endpoint local = end("192.0.2.10", 40000);
  bench.own(one, local);
  bench.own(two, local);
  CHECK(bench.owner(local) == two);
  bench.exit(one);
  CHECK(bench.owner(local) == two);
  bench.table.release(local, kPool, IpProtocol::Tcp,
                      at(bench.now - 2));  // told after it was over: the next conversation's
  CHECK(bench.owner(local) == two);
  bench.table.release(local, kPool, IpProtocol::Tcp, at(bench.now));
  CHECK_FALSE(bench.owner(local));
  bench.exit(two);
  bench.own(two, local);
  CHECK_FALSE(bench.owner(local));
}

TEST_CASE("where a process is, is told by its first socket that leaves the host", "[process]") {
  Bench bench;
  const ProcessId id = process(1, 1);
  bench.own(id, end("0.0.0.0", 80), end("0.0.0.0", 0));
  bench.own(id, end("127.0.0.1", 4000), end("127.0.0.1", 3333));
  bench.own(id, end("::1", 4000), end("::1", 3333));
  CHECK_FALSE(bench.table.find(id)->address);
  CHECK(bench.owner(end("127.0.0.1", 4000), end("127.0.0.1", 3333)) == id);
  bench.own(id, end("192.0.2.10", 4001));
  bench.own(id, end("192.0.2.11", 4001));
  CHECK(bench.table.find(id)->address == *IpAddress::parse("192.0.2.10"));
}

TEST_CASE("another executable or name is another image; rewritten arguments are not", "[process]") {
  Bench bench;
  const ProcessId id = process(1, 1);
  bench.start(id, "/bin/sh", 0, {"sh", "-c", "x"});
  for (int i = 0; i < 8; ++i) bench.use(id, 1);
  REQUIRE(bench.loaded(id));
  bench.start(id, "/bin/sh", 0, {"[kworker/0]"});
  CHECK(bench.table.find(id)->images == 1);
  CHECK(bench.table.find(id)->image.arguments.size() == 3);
  CHECK(bench.loaded(id));
  bench.start(id, "/bin/y");
  CHECK(bench.table.find(id)->images == 2);
  CHECK_FALSE(bench.loaded(id));
}

TEST_CASE("a load counts when it is high, long and even", "[process]") {
  Bench bench;
  const ProcessId miner = process(1, 1), light = process(2, 1), uneven = process(3, 1), brief = process(4, 1),
                  holes = process(5, 1);
  const ProcessId wobbling = process(6, 1), sparse = process(7, 1);
  for (int i = 0; i < 6; ++i) {
    CHECK_FALSE((i > 0 && bench.loaded(miner)));
    bench.use(miner, 3.9);
  }
  CHECK(bench.loaded(miner));
  for (int i = 0; i < 20; ++i) bench.use(light, 0.65);
  CHECK_FALSE(bench.loaded(light));
  for (int i = 0; i < 20; ++i) bench.use(uneven, i % 2 == 0 ? 4 : 0.5);
  CHECK_FALSE(bench.loaded(uneven));
  for (int i = 0; i < 5; ++i) bench.use(brief, 4);
  CHECK_FALSE(bench.loaded(brief));
  for (int i = 0; i < 20; ++i) {
    bench.now += 60;
    bench.use(holes, 4);
  }
  CHECK_FALSE(bench.loaded(holes));
  for (int i = 0; i < 200; ++i) bench.use(wobbling, i % 2 == 0 ? 1.1 : 0.9, 2);
  CHECK(bench.loaded(wobbling));
  for (int i = 0; i < 2; ++i) bench.use(sparse, 4, 60);
  CHECK_FALSE(bench.loaded(sparse));
  bench.use(sparse, 4, 60);
  CHECK(bench.loaded(sparse));
}

TEST_CASE("windows that overlap count once, and a load that ends is no longer sustained", "[process]") {
  Bench bench;
  const ProcessId id = process(1, 1);
  for (int i = 0; i < 20; ++i) bench.learn(UsageSample{id, std::chrono::seconds(30), 2, 0});  // a second apart
  CHECK(bench.table.find(id)->load.span() <= std::chrono::seconds(50));
  CHECK_FALSE(bench.loaded(id));
  for (int i = 0; i < 8; ++i) bench.use(id, 2);
  CHECK(bench.loaded(id));
  for (int i = 0; i < 8; ++i) bench.use(id, 0.1);
  CHECK_FALSE(bench.loaded(id));
}

TEST_CASE("usage whose time had to be corrected is not judged", "[process]") {
  Bench bench;
  const ProcessId id = process(1, 1);
  for (int i = 0; i < 20; ++i) {
    bench.now += 10;
    bench.table.learn({at(5), UsageSample{id, std::chrono::seconds(10), 4, 0}}, at(bench.now));
  }
  CHECK_FALSE(bench.loaded(id));
}

TEST_CASE("processes that have exited go first, the first of them leading", "[process]") {
  ProcessLimits limits;
  limits.max_processes = 3;
  Bench bench(limits);
  for (std::int32_t pid = 1; pid <= 3; ++pid) bench.start(process(pid, pid));
  bench.exit(process(3, 3));
  bench.exit(process(2, 2));
  bench.start(process(4, 4));
  CHECK(bench.table.find(process(3, 3)) == nullptr);
  bench.start(process(5, 5));
  CHECK(bench.table.find(process(2, 2)) == nullptr);
  bench.start(process(6, 6));
  CHECK(bench.table.find(process(1, 1)) == nullptr);
  CHECK(bench.table.size() == 3);
}

TEST_CASE("texts, sockets and processes are bounded, whatever a recording holds", "[process]") {
  ProcessLimits limits;
  limits.max_processes = 50;
  limits.max_bytes = 20'000;
  limits.max_sockets = 100;
  limits.max_sockets_each = 10;
  Bench bench(limits);
  const std::string long_text(5000, 'x');
  for (std::int32_t pid = 1; pid <= 500; ++pid) {
    bench.start(process(pid, pid), long_text, pid - 1, std::vector<std::string>(200, "argument"));
    for (std::uint16_t port = 1; port <= 40; ++port)
      bench.own(process(pid, pid), end("192.0.2.1", port), end("198.51.100.1", static_cast<std::uint16_t>(pid)));
  }
  CHECK(bench.table.size() <= 20);
  CHECK(bench.table.sockets() <= 100);
  const Process* last = bench.table.find(process(500, 500));
  REQUIRE(last != nullptr);
  CHECK(last->image.executable.size() == limits.max_text);
  CHECK(last->image.arguments.size() == limits.max_arguments);
  CHECK(bench.owner(end("192.0.2.1", 40), end("198.51.100.1", 500)) == last->id);
  CHECK_FALSE(bench.owner(end("192.0.2.1", 1), end("198.51.100.1", 500)));
  // One socket handed to and fro does not grow anything either.
  for (int i = 0; i < 10'000; ++i) bench.own(process(499 + i % 2, 499 + i % 2), end("192.0.2.9", 9));
  CHECK(bench.table.sockets() <= 100);
}

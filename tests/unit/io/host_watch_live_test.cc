// The sources of processes against this machine's own: each that works here, else it says why.
#include "scanner/io/host_watch.h"
#include "tests/support/process_storm.h"
#include "tests/support/temp_directory.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace scanner;

namespace {

struct Source {
  std::string name;
  bool ebpf = false, netlink = false;
};
const std::vector<Source> kSources{{"ebpf", true, false}, {"netlink", false, true}, {"poll", false, false}};

// Opens that source and reads what ran before; null where it does not work here.
std::unique_ptr<HostWatch> open(const Source& source, HostWatchOptions options = {}) {
  options.allow_ebpf = source.ebpf;
  options.allow_netlink = source.netlink;
  options.poll_every = std::chrono::milliseconds(100);
  options.image_words = {"nanosleep"};
  auto choice = open_host_watch(options);
  REQUIRE(choice);
  if (choice->watch->name() != source.name) {
    for (const std::string& note : choice->notes) WARN("skipped: " << note);
    return nullptr;
  }
  return std::move(choice->watch);
}

// A copy of /bin/sleep under another name, for as long as it is wanted.
class Sleeper {
 public:
  explicit Sleeper(const std::string& mark) : path_(directory_.file("made-up-miner")), mark_(mark) {
    std::filesystem::copy_file("/bin/sleep", path_);
    std::string program = path_, seconds = "30", first = mark_;
    // sleep adds up its arguments: "0" and a long number of zeros sleep no longer.
    char* arguments[] = {program.data(), seconds.data(), first.data(), nullptr};
    REQUIRE(::posix_spawn(&pid_, path_.c_str(), nullptr, nullptr, arguments, environ) == 0);
  }
  ~Sleeper() { stop(); }
  void stop() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  pid_t pid() const { return pid_; }
  const std::string& path() const { return path_; }

 private:
  test::TempDirectory directory_;
  std::string path_, mark_;
  pid_t pid_ = 0;
};

template <typename What, typename Wanted>
const What* find(const std::vector<HostRecord>& records, Wanted&& wanted) {
  for (const HostRecord& record : records)
    if (const auto* what = std::get_if<What>(&record.what))
      if (wanted(*what)) return what;
  return nullptr;
}

// The stand-in as it runs. A look in the middle of its execution finds the name without the
// arguments; it must be told again, whole.
bool is_whole(const ProcessStarted& started, pid_t pid) {
  return started.id.pid == pid && started.comm == "made-up-miner" && !started.arguments.empty();
}

}  // namespace

TEST_CASE("each source tells a renamed program from start to end, with its image", "[watch][live]") {
  for (const Source& source : kSources) {
    const auto watch = open(source);
    if (!watch) continue;
    INFO(source.name);
    std::vector<HostRecord> records;
    test::collect_for(*watch, 20, records, [&](const auto&) {
      return find<ProcessStarted>(records, [](const auto& p) { return p.id.pid == ::getpid(); }) != nullptr;
    });
    REQUIRE(find<ProcessStarted>(records, [](const auto& p) { return p.id.pid == ::getpid(); }) != nullptr);
    // The rest of the first look.
    while (watch->collect(test::wall_clock(), records, 256).value_or(false)) records.clear();
    records.clear();
    Sleeper sleeper("0.0000001");
    const pid_t pid = sleeper.pid();
    const auto ours = [&](const auto& what) { return what.id.pid == pid; };
    const auto is_image = [&](const ProcessStarted& p) { return is_whole(p, pid); };
    test::collect_for(*watch, 20, records, [&](const auto&) {
      const auto* started = find<ProcessStarted>(records, is_image);
      return started != nullptr && (!started->sha256.empty() || find<ImageFacts>(records, ours) != nullptr);
    });
    const auto* started = find<ProcessStarted>(records, is_image);
    REQUIRE(started != nullptr);
    CHECK(started->executable == sleeper.path());
    CHECK(started->arguments == std::vector<std::string>{sleeper.path(), "30", "0.0000001"});
    CHECK(started->parent_pid == ::getpid());
    CHECK(started->uid == ::geteuid());
    CHECK(started->image_kind.starts_with("elf-"));
    CHECK(started->cwd == std::filesystem::current_path());
    const auto* facts = find<ImageFacts>(records, ours);
    const std::string sha256 = facts != nullptr ? facts->sha256 : started->sha256;
    const std::vector<std::string> strings = facts != nullptr ? facts->image_strings : started->image_strings;
    CHECK(sha256.size() == 64);
    CHECK(std::any_of(strings.begin(), strings.end(), [](const auto& text) { return text.find("nanosleep") != std::string::npos; }));
    const ProcessId id = started->id;
    sleeper.stop();
    records.clear();
    test::collect_for(*watch, 20, records, [&](const auto&) { return find<ProcessExited>(records, ours) != nullptr; });
    const auto* exited = find<ProcessExited>(records, ours);
    REQUIRE(exited != nullptr);
    CHECK(exited->id == id);
    CHECK(watch->counters().seen > 0);
  }
}

TEST_CASE("each source tells both ends of a connection as their owner's", "[watch][live]") {
  for (const Source& source : kSources) {
    const auto watch = open(source);
    if (!watch) continue;
    INFO(source.name);
    std::vector<HostRecord> records;
    while (watch->collect(test::wall_clock(), records, 256).value_or(false)) records.clear();
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener, 1) == 0);
    REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) == 0);
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(::connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    const int served = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    REQUIRE(served >= 0);
    const std::uint16_t port = ntohs(address.sin_port);
    const auto server = [&](const SocketOwned& s) { return s.id.pid == ::getpid() && s.local.port == port; };
    const auto connector = [&](const SocketOwned& s) { return s.id.pid == ::getpid() && s.remote.port == port; };
    test::collect_for(*watch, 20, records, [&](const auto&) {
      return find<SocketOwned>(records, server) != nullptr && find<SocketOwned>(records, connector) != nullptr;
    });
    for (const int fd : {client, served, listener}) ::close(fd);
    const auto* accepted = find<SocketOwned>(records, server);
    REQUIRE(accepted != nullptr);
    CHECK(accepted->accepted);
    CHECK(accepted->network_namespace != 0);
    const auto* connected = find<SocketOwned>(records, connector);
    REQUIRE(connected != nullptr);
    CHECK_FALSE(connected->accepted);
    CHECK(connected->local == accepted->remote);
  }
}

TEST_CASE("each source tells what a program uses", "[watch][live]") {
  for (const Source& source : kSources) {
    HostWatchOptions options;
    options.usage_every = std::chrono::milliseconds(1100);
    const auto watch = open(source, options);
    if (!watch) continue;
    INFO(source.name);
    std::vector<HostRecord> records;
    while (watch->collect(test::wall_clock(), records, 256).value_or(false)) records.clear();
    const pid_t burner = ::fork();
    if (burner == 0) {
      ::alarm(30);
      for (std::atomic<unsigned> turn{0};; ++turn) continue;
    }
    const auto ours = [&](const UsageSample& usage) { return usage.id.pid == burner && usage.cpu_cores > 0.05; };
    test::collect_for(*watch, 25, records, [&](const auto&) { return find<UsageSample>(records, ours) != nullptr; });
    ::kill(burner, SIGKILL);
    ::waitpid(burner, nullptr, 0);
    const auto* usage = find<UsageSample>(records, ours);
    REQUIRE(usage != nullptr);
    CHECK(usage->cpu_cores <= 1.5);
    CHECK(usage->resident_bytes > 0);
    CHECK(usage->window >= std::chrono::seconds(1));
  }
}

TEST_CASE("in a storm of short-lived processes nothing is lost without being counted", "[watch][live]") {
  for (const Source& source : kSources) {
    const auto watch = open(source);
    if (!watch || source.name == "poll") continue;
    INFO(source.name);
    const auto tally = test::run_storm(*watch, 500, 500);
    const auto since = [&](auto WatchCounters::*count) { return tally.after.*count - tally.before.*count; };
    INFO("seen " << tally.seen << ", lost " << since(&WatchCounters::lost) << ", incomplete " << since(&WatchCounters::incomplete));
    // After an overflow the connector cannot say how much was lost.
    if (since(&WatchCounters::rescans) > 0) continue;
    CHECK(tally.seen + since(&WatchCounters::lost) + since(&WatchCounters::incomplete) >= tally.spawned);
    if (source.name == "ebpf") CHECK(tally.seen + since(&WatchCounters::lost) >= tally.spawned);
    CHECK(tally.ended == tally.seen);
  }
}

TEST_CASE("what the kernel had no room to tell is counted, and everything is read anew", "[watch][live]") {
  for (const Source& source : kSources) {
    if (source.name == "poll") continue;
    HostWatchOptions options;
    options.buffer_bytes = 128 * 1024;
    const auto watch = open(source, options);
    if (!watch) continue;
    INFO(source.name);
    const auto tally = test::run_storm(*watch, 1000, 2000, true);
    INFO("seen " << tally.seen << ", lost " << tally.after.lost - tally.before.lost);
    CHECK(tally.after.rescans > tally.before.rescans);
    if (source.name == "ebpf") CHECK(tally.seen + (tally.after.lost - tally.before.lost) >= tally.spawned);
    // Afterwards the source goes on as before.
    std::vector<HostRecord> records;
    Sleeper sleeper("0");
    const auto ours = [&](const ProcessStarted& p) { return is_whole(p, sleeper.pid()); };
    test::collect_for(*watch, 20, records, [&](const auto&) { return find<ProcessStarted>(records, ours) != nullptr; });
    CHECK(find<ProcessStarted>(records, ours) != nullptr);
  }
}

TEST_CASE("arguments beyond the bound are cut by every source, and said to be", "[watch][live]") {
  for (const Source& source : kSources) {
    HostWatchOptions options;
    options.max_argument_bytes = 64;
    const auto watch = open(source, options);
    if (!watch) continue;
    INFO(source.name);
    std::vector<HostRecord> records;
    while (watch->collect(test::wall_clock(), records, 256).value_or(false)) records.clear();
    records.clear();
    Sleeper sleeper(std::string(200, '0'));
    const auto ours = [&](const ProcessStarted& p) { return is_whole(p, sleeper.pid()); };
    test::collect_for(*watch, 20, records, [&](const auto&) { return find<ProcessStarted>(records, ours) != nullptr; });
    const auto* started = find<ProcessStarted>(records, ours);
    REQUIRE(started != nullptr);
    CHECK(started->arguments_cut);
    std::size_t bytes = 0;
    for (const std::string& argument : started->arguments) bytes += argument.size() + 1;
    CHECK(bytes <= 65);
    CHECK(started->arguments.at(0) == sleeper.path().substr(0, 64));
  }
}

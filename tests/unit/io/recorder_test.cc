#include "scanner/io/recorder.h"

#include "scanner/io/capture_source.h"
#include "tests/support/memory_disk.h"
#include "tests/unit/io/capture_fixtures.h"

#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <random>

namespace scanner {
namespace {

using namespace std::chrono_literals;
using test::made_up_packet;
using test::MemoryDisk;
using test::mentions;
using test::TempDir;

constexpr std::int64_t kStart = 1'772'000'000'000'000'000;

const std::vector<std::string> kInterfaces{"eth0", "eth1"};
const RecordingHeader kHeader{"b1", "a test", true};

// An event as a line of text: times, contents, all that replay must give back.
std::string line_of(const Event& event, const EventBatch& batch) {
  const std::string at = std::to_string(event.at.ns);
  switch (event.kind) {
    case EventKind::Host: return at + " " + to_recorded_line(batch.host_records[event.host], kHeader);
    case EventKind::Loss: return at + " loss " + std::to_string(event.lost);
    case EventKind::Secrets: return "secrets " + std::string(as_text(event.packet.data));
    case EventKind::Packet:
      return at + " packet " + std::to_string(event.packet.at.ns) + " " + std::to_string(static_cast<int>(event.packet.link)) + " " +
             std::to_string(event.packet.original_length) + " " + std::to_string(event.packet.interface) + " " + std::string(as_text(event.packet.data));
    case EventKind::Tick:
    case EventKind::End: return at + " tick";  // what ends a recording ends no run
  }
  return "";
}

void add_lines(const EventBatch& batch, std::vector<std::string>& lines) {
  for (const Event& event : batch.events) lines.push_back(line_of(event, batch));
}

struct Read {
  std::vector<std::string> lines;
  std::vector<std::string> warnings;
  bool partial = false;
};

Read read(const std::vector<std::string>& paths) {
  Read result;
  auto source = open_captures(paths);
  REQUIRE(source);
  EventBatch batch;
  while (true) {
    const auto status = (*source)->next(batch);
    REQUIRE(status);
    add_lines(batch, result.lines);
    if (*status == SourceStatus::End) break;
  }
  result.warnings = (*source)->warnings();
  result.partial = (*source)->partial();
  return result;
}

class MadeUp {
 public:
  explicit MadeUp(std::uint32_t seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return random_() % bound; }
  Timestamp time() { return {kStart + static_cast<std::int64_t>(below(50)) * 100'000'007}; }

  HostRecord record() {
    const ProcessId id{below(3) == 0 ? "b2" : "b1", kStart - static_cast<std::int64_t>(below(9)) * 10'000'000, static_cast<std::int32_t>(1 + below(4))};
    HostRecord made{time(), ProcessExited{id}};
    switch (below(5)) {
      case 0: {
        ProcessStarted started;
        started.id = id;
        started.executable = "/opt/x/worker";
        started.arguments = {"worker", std::string("\xff\x00\n", 3), "-o", "pool:1"};
        started.comm = "worker";
        made.what = started;
        break;
      }
      case 1: made.what = SocketOwned{.id = id, .local = {*IpAddress::parse("192.0.2.1"), 4}, .remote = {*IpAddress::parse("2001:db8::1"), 3333}, .protocol = IpProtocol::Udp}; break;
      case 2: {
        UsageSample usage;
        usage.id = id;
        usage.window = 10s;
        usage.cpu_cores = static_cast<double>(random_()) / 1e9;
        usage.resident_bytes = random_();
        made.what = usage;
        break;
      }
      case 3: {
        Attributed attributed;
        attributed.addresses = *Cidr::parse("192.0.2.1/32");
        attributed.tenant = "t";
        attributed.instance = "i";
        attributed.method = "config";
        attributed.proof = "p";
        made.what = attributed;
        break;
      }
      default: break;
    }
    return made;
  }

  EventBatch batch() {
    EventBatch made;
    for (std::size_t n = below(40); n > 0; --n) {
      Event& event = made.events.emplace_back();
      event.at = time();
      const std::size_t kind = below(12);
      if (kind == 0) {
        event.kind = EventKind::Tick;
      } else if (kind == 1) {
        event.kind = EventKind::Loss;
        event.lost = below(1000);
      } else if (kind == 2) {
        event.kind = EventKind::Secrets;
        event.packet.data = as_bytes("CLIENT_RANDOM 00 11\n");
      } else if (kind < 6) {
        event.kind = EventKind::Host;
        event.host = static_cast<std::uint32_t>(made.host_records.size());
        made.host_records.push_back(record());
        event.at = made.host_records.back().at;
      } else {
        event.packet = made_up_packet(event.at.ns, below(300), static_cast<std::uint8_t>(n), below(2) == 0 ? LinkType::Ethernet : LinkType::Raw);
        event.packet.original_length += static_cast<std::uint32_t>(below(2)) * 77;
        event.packet.file = static_cast<std::uint16_t>(below(3));
        event.packet.interface = event.packet.file < kInterfaces.size() ? interface_key(kInterfaces[event.packet.file]) : 0;
      }
    }
    return made;
  }

 private:
  std::mt19937 random_;
};

TEST_CASE("what was recorded is read back as the same events in the same order", "[io][recorder]") {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    INFO("seed " << seed);
    const TempDir dir;
    MadeUp made(seed);
    auto recorder = Recorder::create({dir.path("r"), kHeader});
    REQUIRE(recorder);
    std::vector<std::string> lines;
    for (std::size_t n = made.below(80); n > 0; --n) {
      const EventBatch batch = made.batch();
      add_lines(batch, lines);
      REQUIRE((*recorder)->take(batch, kInterfaces));
    }
    CHECK_FALSE(std::filesystem::exists((*recorder)->capture_path()));
    REQUIRE((*recorder)->finish());
    Read got = read({(*recorder)->capture_path()});
    REQUIRE_FALSE(got.lines.empty());
    CHECK(got.lines.back().ends_with(" tick"));  // that it stopped in good order
    got.lines.pop_back();
    CHECK(got.lines == lines);
    CHECK(got.warnings.size() == static_cast<std::size_t>(mentions(got.warnings, "snaplen")));
    CHECK_FALSE(got.partial);
  }
}

TEST_CASE("an end is written once, and the run's own", "[io][recorder]") {
  const TempDir dir;
  auto recorder = Recorder::create({dir.path("r"), kHeader});
  EventBatch batch;
  batch.events.emplace_back().at = Timestamp{kStart};
  batch.events.back().kind = EventKind::End;
  REQUIRE((*recorder)->take(batch, kInterfaces));
  REQUIRE((*recorder)->finish());
  CHECK(read({dir.path("r.pcapng")}).lines == std::vector<std::string>{std::to_string(kStart) + " tick"});
  CHECK(std::filesystem::file_size(dir.path("r.pcapng")) + std::filesystem::file_size(dir.path("r.ndjson")) == (*recorder)->counters().bytes);
}

TEST_CASE("a recording replaces nothing", "[io][recorder]") {
  const TempDir dir;
  for (const char* name : {"r.pcapng", "r.ndjson", "r.pcapng.part", "r.ndjson.part"}) {
    const std::string path = dir.file(name, {1});
    const auto refused = Recorder::create({dir.path("r"), kHeader});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == path + ": exists already; a recording replaces nothing");
    CHECK(std::filesystem::file_size(path) == 1);
    std::filesystem::remove(path);
  }
  CHECK_FALSE(Recorder::create({dir.path("nowhere/r"), kHeader}));
}

// What a prefix of the events gives, for some length of it.
bool is_prefix(const std::vector<std::string>& part, const std::vector<std::string>& whole) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

TEST_CASE("a recording does not grow beyond its bound, and is whole", "[io][recorder]") {
  for (const std::uint64_t bound : {2'000U, 20'000U, 70'000U}) {
    const TempDir dir;
    MadeUp made(3);
    auto recorder = Recorder::create({dir.path("r"), kHeader, bound});
    std::vector<std::string> lines;
    while (!(*recorder)->full()) {
      const EventBatch batch = made.batch();
      add_lines(batch, lines);
      REQUIRE((*recorder)->take(batch, kInterfaces));
    }
    const std::uint64_t before = (*recorder)->counters().bytes;
    REQUIRE((*recorder)->take(made.batch(), kInterfaces));
    CHECK((*recorder)->counters().bytes == before);
    REQUIRE((*recorder)->finish());
    CHECK(std::filesystem::file_size(dir.path("r.pcapng")) + std::filesystem::file_size(dir.path("r.ndjson")) <= bound);
    Read got = read({dir.path("r.pcapng")});
    got.lines.pop_back();
    CHECK(got.lines.size() > bound / 1000);
    CHECK(is_prefix(got.lines, lines));
  }
}

TEST_CASE("on a full or failing disk a recording ends with what both halves hold", "[io][recorder]") {
  for (std::uint32_t seed = 1; seed <= 30; ++seed) {
    INFO("seed " << seed);
    const TempDir dir;
    MadeUp made(seed);
    MemoryDisk disk(seed);
    auto recorder = Recorder::create({"r", kHeader}, disk);
    REQUIRE(recorder);
    if (seed % 2 == 0)
      disk.limit(30'000 + seed * 1000);
    else
      disk.fail_every(3 + seed, EIO);
    std::vector<std::string> lines;
    int errors = 0;
    for (int i = 0; i < 400; ++i) {
      EventBatch batch = made.batch();
      if (i == 399 || batch.events.empty()) batch = {};
      add_lines(batch, lines);
      // Each batch is a second later, and so written.
      const auto taken = (*recorder)->take(batch, kInterfaces);
      if (taken) continue;
      ++errors;
      CHECK(taken.error().message.find("the recording ends with what was written before") != std::string::npos);
      disk.fail_every(0, 0);
    }
    CHECK(errors == 1);
    disk.limit(UINT64_MAX);
    REQUIRE((*recorder)->finish());
    for (const char* name : {"r.pcapng", "r.ndjson"}) {
      const std::string content = disk.content(name).value();
      dir.file(name, {content.begin(), content.end()});
      CHECK_FALSE(disk.content(name + std::string(".part")));
    }
    const Read got = read({dir.path("r.pcapng")});
    CHECK_FALSE(got.partial);
    CHECK(is_prefix(got.lines, lines));
  }
}

TEST_CASE("where the capture was changed afterwards, time decides, and that is said", "[io][recorder]") {
  const TempDir dir;
  auto recorder = Recorder::create({dir.path("r"), kHeader});
  EventBatch batch;
  std::vector<Packet> kept;
  for (int i = 0; i < 10; ++i) {
    const Packet packet = made_up_packet(kStart + i * 1'000, 60, static_cast<std::uint8_t>(i));
    batch.events.push_back({.at = packet.at, .packet = packet});
    if (i % 2 == 0) kept.push_back(packet);
    batch.events.push_back({.at = packet.at + 500ns, .kind = EventKind::Tick, .packet = {}});
  }
  REQUIRE((*recorder)->take(batch, kInterfaces));
  REQUIRE((*recorder)->finish());
  const std::vector<std::string> whole = read({dir.path("r.pcapng")}).lines;
  dir.file("r.pcapng", test::encode(kept));  // as tcpdump -r would cut it
  const Read cut = read({dir.path("r.pcapng")});
  CHECK(mentions(cut.warnings, "r.ndjson: the capture beside it is not as it was recorded"));
  std::vector<std::string> expected;
  for (std::size_t i = 0; i < whole.size(); ++i)
    if (i % 4 != 2) expected.push_back(whole[i]);
  CHECK(cut.lines == expected);
  // Named by itself it is a recording like any other.
  CHECK(read({dir.path("r.ndjson")}).lines.size() == 11);
  CHECK(read({dir.path("r.pcapng"), dir.path("r.ndjson")}).lines == expected);
}

}  // namespace
}  // namespace scanner

#include "scanner/io/outbox.h"

#include "scanner/io/outbox_reader.h"
#include "tests/support/memory_disk.h"
#include "tests/support/outbox_fixture.h"
#include "tests/support/temp_directory.h"

#include <catch2/catch.hpp>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <numeric>

namespace scanner {
namespace {

using test::all_records;
using test::MemoryDisk;
using test::notes;
using test::numbered_event;
using test::numbers;
using test::outbox_options;
using test::OutboxSurroundings;

const std::string kSegment = "box/00000000000000000001.log";

std::unique_ptr<Outbox> opened(const OutboxOptions& options, const OutboxWorld& world) {
  auto outbox = Outbox::open(options, world);
  if (!outbox) FAIL(outbox.error().message);
  return std::move(*outbox);
}

void add(Outbox& outbox, std::uint64_t from, std::uint64_t to, std::size_t padding = 0) {
  for (std::uint64_t i = from; i <= to; ++i) REQUIRE(outbox.append(numbered_event(i, "aupscan.breach.v1", padding)));
}

std::vector<std::uint64_t> range(std::uint64_t from, std::uint64_t to) {
  std::vector<std::uint64_t> out(to - from + 1);
  std::iota(out.begin(), out.end(), from);
  return out;
}

bool chained(const std::vector<OutboxRecord>& records) {
  for (std::size_t i = 1; i < records.size(); ++i)
    if (records[i].previous != records[i - 1].hash() || records[i].sequence != records[i - 1].sequence + 1) return false;
  return true;
}

TEST_CASE("what was committed is read in order, chained, and by the next process too", "[outbox]") {
  MemoryDisk disk;
  OutboxSurroundings around;
  auto options = outbox_options();
  options.segment_bytes = 2000;
  {
    const auto outbox = opened(options, around.world(disk));
    add(*outbox, 1, 40);
    CHECK(all_records(*outbox).empty());
    REQUIRE(outbox->commit());
    CHECK(numbers(all_records(*outbox)) == range(1, 40));
    CHECK(outbox->segments().size() > 3);
  }
  disk.crash();
  const auto outbox = opened(options, around.world(disk));
  add(*outbox, 41, 45);
  REQUIRE(outbox->commit());
  const auto records = all_records(*outbox);
  CHECK(numbers(records) == range(1, 45));
  CHECK(chained(records));
  CHECK(around.said.empty());
}

TEST_CASE("a disk that fails now and then and forgets takes nothing that was acknowledged", "[outbox]") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    MemoryDisk disk(seed);
    std::mt19937_64 random(seed);
    OutboxSurroundings around;
    auto options = outbox_options();
    options.segment_bytes = 3000;
    std::uint64_t added = 0;
    std::vector<std::uint64_t> acknowledged;
    for (int life = 0; life < 4; ++life) {
      disk.fail_every(0, 0);
      const auto outbox = opened(options, around.world(disk));
      const auto there = numbers(all_records(*outbox));
      for (const std::uint64_t number : acknowledged) REQUIRE(std::count(there.begin(), there.end(), number) == 1);
      disk.fail_every(3 + static_cast<unsigned>(random() % 12), random() % 2 == 0 ? EIO : ENOSPC);
      std::vector<std::uint64_t> waiting;
      for (int i = 0; i < 30; ++i) {
        waiting.push_back(++added);
        REQUIRE(outbox->append(numbered_event(added, "aupscan.breach.v1", random() % 300)));
        if (random() % 3 != 0 || !outbox->commit()) continue;
        acknowledged.insert(acknowledged.end(), waiting.begin(), waiting.end());
        waiting.clear();
      }
      disk.crash();
    }
    disk.fail_every(0, 0);
    const auto outbox = opened(options, around.world(disk));
    REQUIRE(outbox->commit());
    const auto records = all_records(*outbox);
    REQUIRE(chained(records));
    const auto there = numbers(records);
    for (const std::uint64_t number : acknowledged) REQUIRE(std::count(there.begin(), there.end(), number) == 1);
    REQUIRE(std::is_sorted(there.begin(), there.end()));
    REQUIRE(disk.failures() > 0);
  }
}

TEST_CASE("a tail that was being written is cut off, kept aside and told of", "[outbox]") {
  MemoryDisk disk;
  OutboxSurroundings around;
  {
    const auto outbox = opened(outbox_options(), around.world(disk));
    add(*outbox, 1, 3);
    REQUIRE(outbox->commit());
  }
  const std::string whole = *disk.content(kSegment);
  disk.put(kSegment, whole + whole.substr(kSegmentHeader, 150));
  const auto outbox = opened(outbox_options(), around.world(disk));
  CHECK(*disk.content(kSegment) == whole);
  CHECK(disk.content("box/quarantine/00000000000000000001.log-" + std::to_string(whole.size()))->size() == 150);
  CHECK(around.heard("150 bytes that are no record"));
  add(*outbox, 4, 4);
  REQUIRE(outbox->commit());
  const auto records = all_records(*outbox);
  CHECK(numbers(records) == range(1, 4));
  CHECK(notes(records) == std::vector<std::string>{"outbox.recovered"});
  CHECK(chained(records));
}

TEST_CASE("a damaged record is quarantined, told of once, and the rest goes on", "[outbox]") {
  MemoryDisk disk;
  OutboxSurroundings around;
  {
    const auto outbox = opened(outbox_options(), around.world(disk));
    add(*outbox, 1, 5);
    REQUIRE(outbox->commit());
  }
  std::string bytes = *disk.content(kSegment);
  bytes[kSegmentHeader + (bytes.size() - kSegmentHeader) / 5 * 2 + 120] ^= 4;
  disk.put(kSegment, bytes);
  for (int life = 0; life < 3; ++life) {
    const auto outbox = opened(outbox_options(), around.world(disk));
    REQUIRE(outbox->commit());
    const auto records = all_records(*outbox);
    CHECK(numbers(records) == std::vector<std::uint64_t>{1, 2, 4, 5});
    CHECK(notes(records) == std::vector<std::string>{"outbox.quarantined"});
    CHECK_THAT(records.back().body, Catch::Contains("\"first_missing\":3,\"last_missing\":3"));
  }
}

TEST_CASE("a record that was changed with its checksum is not delivered", "[outbox]") {
  MemoryDisk disk;
  OutboxSurroundings around;
  const auto outbox = opened(outbox_options(), around.world(disk));
  add(*outbox, 1, 3);
  REQUIRE(outbox->commit());
  const auto records = all_records(*outbox);
  std::vector<std::uint8_t> bytes;
  append_header(bytes, {});
  for (OutboxRecord record : records) {
    if (record.sequence == 2) record.body[record.body.size() - 4] = 'X';
    append_record(bytes, record);
  }
  disk.put(kSegment, std::string(as_text(bytes)));
  CHECK(numbers(all_records(*outbox)) == std::vector<std::uint64_t>{1, 3});
  CHECK(around.heard("its hash is wrong"));
}

TEST_CASE("a full disk is said, waits in memory, and costs nothing that fits there", "[outbox]") {
  MemoryDisk disk;
  OutboxSurroundings around;
  const auto outbox = opened(outbox_options(), around.world(disk));
  add(*outbox, 1, 2);
  REQUIRE(outbox->commit());
  disk.limit(disk.used() + 100);
  add(*outbox, 3, 6);
  for (int i = 0; i < 5; ++i) CHECK_FALSE(outbox->commit());
  CHECK(around.said.size() == 1);
  CHECK(numbers(all_records(*outbox)) == range(1, 2));
  CHECK_THAT(outbox->status().trouble, Catch::Contains("No space left"));
  disk.limit(UINT64_MAX);
  REQUIRE(outbox->commit());
  const auto records = all_records(*outbox);
  CHECK(numbers(records) == range(1, 6));
  CHECK(notes(records) == std::vector<std::string>{"outbox.trouble"});
  CHECK(chained(records));
}

TEST_CASE("where memory is full as well, indicators go before breaches and a record counts them", "[outbox]") {
  MemoryDisk disk;
  OutboxSurroundings around;
  auto options = outbox_options();
  options.pending_bytes = 4000;
  const auto outbox = opened(options, around.world(disk));
  disk.limit(10);
  for (std::uint64_t i = 1; i <= 20; ++i) {
    REQUIRE(outbox->append(numbered_event(i, i % 2 == 0 ? "aupscan.breach.v1" : "aupscan.indicator.v1", 200)));
    CHECK_FALSE(outbox->commit());
  }
  disk.limit(UINT64_MAX);
  REQUIRE(outbox->commit());
  const auto records = all_records(*outbox);
  const auto there = numbers(records);
  for (const std::uint64_t number : there) CHECK(number % 2 == 0);
  CHECK(there.back() == 20);
  CHECK(outbox->status().lost_events == 20 - there.size());
  const auto lost = std::find_if(records.begin(), records.end(), [](const OutboxRecord& r) { return r.body.find("outbox.lost") != std::string::npos; });
  REQUIRE(lost != records.end());
  CHECK(nlohmann::json::parse(lost->body)["data"]["detail"]["events"] == 20 - there.size());
  CHECK(nlohmann::json::parse(lost->body)["data"]["detail"]["breaches"] == 10 - there.size());
}

class Evidence final : public Reclaim {
 public:
  std::uint64_t held = 2000;
  std::uint64_t bytes() const override { return held; }
  std::uint64_t reclaim(std::uint64_t wanted) override {
    const std::uint64_t given = std::min(wanted, held);
    held -= given;
    return given;
  }
};

TEST_CASE("at the bound what was delivered goes first, then evidence, then the oldest, and records say so", "[outbox]") {
  MemoryDisk disk;
  OutboxSurroundings around;
  Evidence evidence;
  auto options = outbox_options();
  options.segment_bytes = 2000;
  options.max_bytes = 12000;
  const auto outbox = opened(options, around.world(disk, nullptr, &evidence));
  outbox->acknowledged("file", 0);
  std::uint64_t next = 1;
  const auto fill_until = [&](auto done) {
    for (int i = 0; i < 200 && !done(); ++i, ++next) {
      add(*outbox, next, next);
      REQUIRE(outbox->commit());
    }
    REQUIRE(done());
  };
  fill_until([&] { return outbox->segments().size() >= 3; });
  outbox->acknowledged("file", outbox->segments()[2].first_sequence - 1);
  fill_until([&] { return outbox->segments().front().first_sequence > 1; });
  CHECK(evidence.held == 2000);
  fill_until([&] { return evidence.held < 2000; });
  CHECK(outbox->status().dropped_events == 0);
  fill_until([&] { return outbox->status().dropped_events > 0; });
  CHECK(evidence.held == 0);
  CHECK(around.heard("go undelivered"));
  const auto records = all_records(*outbox);
  CHECK(records.front().sequence == outbox->segments().front().first_sequence);
  CHECK(chained(records));
  CHECK(outbox->status().bytes <= options.max_bytes + options.segment_bytes);
  const auto removed = std::find_if(records.rbegin(), records.rend(), [](const OutboxRecord& r) { return r.body.find("\"why\":\"bound\"") != std::string::npos; });
  REQUIRE(removed != records.rend());
  const auto detail = nlohmann::json::parse(removed->body)["data"]["detail"];
  CHECK(detail["last"] == records.front().sequence - 1);
  CHECK(detail["last_sha256"] == to_hex(records.front().previous));
  CHECK(detail["breaches"] == detail["events"]);
}

TEST_CASE("a disk that others filled takes what was delivered and nothing else", "[outbox]") {
  MemoryDisk disk;
  OutboxSurroundings around;
  auto options = outbox_options();
  options.segment_bytes = 2000;
  const auto outbox = opened(options, around.world(disk));
  outbox->acknowledged("file", 0);
  add(*outbox, 1, 30);
  REQUIRE(outbox->commit());
  disk.limit(disk.used());
  add(*outbox, 31, 31, 2000);
  CHECK_FALSE(outbox->commit());
  CHECK(numbers(all_records(*outbox)) == range(1, 30));
  outbox->acknowledged("file", 20);
  REQUIRE(outbox->commit());
  const auto there = numbers(all_records(*outbox));
  CHECK(there.front() <= 21);
  CHECK(there.back() == 31);
}

TEST_CASE("checkpoints sign the chain at intervals and at the end", "[outbox]") {
  MemoryDisk disk;
  OutboxSurroundings around;
  const SigningKey key = test::test_key();
  auto options = outbox_options();
  options.checkpoint_records = 10;
  const auto outbox = opened(options, around.world(disk, &key));
  for (std::uint64_t i = 1; i <= 25; ++i) {
    add(*outbox, i, i);
    REQUIRE(outbox->commit());
  }
  REQUIRE(outbox->close());
  const auto records = all_records(*outbox);
  CHECK(notes(records) == std::vector<std::string>(3, "outbox.checkpoint"));
  const auto detail = nlohmann::json::parse(records.back().body)["data"]["detail"];
  const Sha256 hash = records[records.size() - 2].hash();
  CHECK(detail["closing"] == true);
  CHECK(detail["sha256"] == to_hex(hash));
  CHECK(is_signed(checkpoint_text(records.back().sequence - 1, hash, true), detail["signature"].get<std::string>(), *parse_public_key(key.public_text())));
  around.now = around.now + std::chrono::minutes(11);
  add(*outbox, 26, 26);
  REQUIRE(outbox->commit());
  CHECK(notes(all_records(*outbox)).size() == 4);
}

TEST_CASE("an outbox has one writer", "[outbox]") {
  const test::TempDirectory directory;
  OutboxSurroundings around;
  const auto options = outbox_options(directory.file("box"));
  const auto outbox = opened(options, around.world(system_disk()));
  const auto second = Outbox::open(options, around.world(system_disk()));
  REQUIRE_FALSE(second);
  CHECK_THAT(second.error().message, Catch::Contains("another process"));
}

TEST_CASE("what is no event is refused", "[outbox]") {
  MemoryDisk disk;
  OutboxSurroundings around;
  const auto outbox = opened(outbox_options(), around.world(disk));
  for (const std::string text : {"", "{}", "[{}]", "{\"data\":{\"a\":1}}\n"}) CHECK_FALSE(outbox->append(text));
  CHECK_FALSE(outbox->append(numbered_event(1, "aupscan.breach.v1", kMaxRecordBody)));
}

}  // namespace
}  // namespace scanner

#include "scanner/io/outbox_verify.h"

#include "scanner/io/integrity.h"
#include "tests/support/memory_disk.h"
#include "tests/support/outbox_fixture.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace scanner {
namespace {

using test::MemoryDisk;
using test::numbered_event;
using test::OutboxSurroundings;

const std::string kFirst = "box/00000000000000000001.log";

// Twenty events in several segments, checkpoints between them, closed in good order.
struct Fixture {
  MemoryDisk disk;
  OutboxSurroundings around;
  SigningKey key = test::test_key();
  std::vector<PublicKey> keys{*parse_public_key(key.public_text())};
  std::vector<OutboxRecord> records;
  std::size_t size = 0;  // of a record of an event

  explicit Fixture(std::uint64_t segment_bytes = 1 << 20) {
    auto options = test::outbox_options();
    options.segment_bytes = segment_bytes;
    options.checkpoint_records = 8;
    const auto outbox = Outbox::open(options, around.world(disk, &key)).value();
    for (std::uint64_t i = 10; i < 30; ++i) {
      REQUIRE(outbox->append(numbered_event(i)));
      REQUIRE(outbox->commit());
    }
    REQUIRE(outbox->close());
    records = test::all_records(*outbox);
    size = records[0].frame_size();
  }
  ChainReport verify() { return verify_outbox(disk, "box", keys).value().chain; }
  std::string content() const { return *disk.content(kFirst); }
  // The segment anew from these records, with checksums that are right.
  void write(const std::vector<OutboxRecord>& anew) {
    std::vector<std::uint8_t> bytes;
    append_header(bytes, {});
    for (const OutboxRecord& record : anew) append_record(bytes, record);
    disk.put(kFirst, std::string(as_text(bytes)));
  }
};

std::string first_bad(const ChainReport& report) {
  if (report.problems.empty()) return "none";
  const ChainProblem& bad = report.problems.front();
  return std::to_string(bad.sequence) + " " + bad.place.file + " " + std::to_string(bad.place.offset) + " " + bad.why;
}

std::string place(std::uint64_t sequence, std::uint64_t offset) { return std::to_string(sequence) + " 00000000000000000001.log " + std::to_string(offset) + " "; }

TEST_CASE("an outbox that nobody touched is whole", "[outbox]") {
  for (const std::uint64_t segment : {1 << 20, 1500}) {
    Fixture fixture(segment);
    const ChainReport report = fixture.verify();
    CHECK(first_bad(report) == "none");
    CHECK(report.first == 1);
    CHECK(report.last == fixture.records.size());
    CHECK(report.events == 20);
    CHECK(report.checkpoints == 3);
    CHECK(report.signatures == 3);
    CHECK(report.closed);
  }
}

TEST_CASE("an edited record is named, whatever was made to fit", "[outbox]") {
  Fixture fixture;
  const std::uint64_t offset = kSegmentHeader + 4 * fixture.size;
  std::string bytes = fixture.content();
  bytes[offset + 200] ^= 1;
  fixture.disk.put(kFirst, bytes);
  CHECK(first_bad(fixture.verify()) == place(5, offset) + "the record is damaged (" + std::to_string(fixture.size) + " bytes)");

  auto edited = fixture.records;  // with its checksum
  edited[4].body.replace(edited[4].body.find("breach"), 6, "permit");
  fixture.write(edited);
  CHECK_THAT(first_bad(fixture.verify()), Catch::StartsWith(place(5, offset) + "its content was changed"));

  edited[4].content = sha256(as_bytes(edited[4].body));  // and its hash
  fixture.write(edited);
  CHECK_THAT(first_bad(fixture.verify()), Catch::StartsWith(place(5, offset) + "its hash is not the one that record 6 has"));

  for (std::size_t i = 5; i < edited.size(); ++i) edited[i].previous = edited[i - 1].hash();  // and the chain
  fixture.write(edited);
  CHECK_THAT(first_bad(fixture.verify()), Catch::Contains("the checkpoint is not about the record in front of it"));
}

TEST_CASE("a chain that was made anew with another key is named at its first checkpoint", "[outbox]") {
  Fixture fixture;
  const SigningKey other = SigningKey::from_seed(as_bytes(std::string(32, 'o'))).value();
  fixture.keys = {*parse_public_key(other.public_text())};
  const ChainReport report = fixture.verify();
  CHECK(report.problems.size() == 3);
  CHECK_THAT(first_bad(report), Catch::Contains("signature is not of the given key"));
  fixture.keys.clear();
  CHECK(first_bad(fixture.verify()) == "none");
  CHECK(fixture.verify().signatures == 0);
}

TEST_CASE("a record that was cut out is named", "[outbox]") {
  Fixture fixture;
  const std::uint64_t offset = kSegmentHeader + 4 * fixture.size;
  std::string bytes = fixture.content();
  bytes.erase(offset, fixture.size);
  fixture.disk.put(kFirst, bytes);
  CHECK(first_bad(fixture.verify()) == place(5, offset) + "record 5 is missing, and no record says why");
}

TEST_CASE("records that changed places are named", "[outbox]") {
  Fixture fixture;
  auto swapped = fixture.records;
  std::swap(swapped[4], swapped[5]);
  fixture.write(swapped);
  const ChainReport report = fixture.verify();
  CHECK(report.problems.front().sequence == 5);
  CHECK(report.problems.front().place.offset == kSegmentHeader + 4 * fixture.size);
}

TEST_CASE("a log that was truncated is named, also where the cut is at a record's end", "[outbox]") {
  Fixture fixture;
  const std::uint64_t offset = kSegmentHeader + 4 * fixture.size;
  fixture.disk.put(kFirst, fixture.content().substr(0, offset + 100));
  CHECK(first_bad(fixture.verify()) == place(5, offset) + "the record is cut off (100 bytes)");
  fixture.disk.put(kFirst, fixture.content().substr(0, offset));
  CHECK(first_bad(fixture.verify()) == "none");
  CHECK_FALSE(fixture.verify().closed);
  fixture.disk.put("box/cursor-file.json", "{\"sequence\":20}\n");
  CHECK_THAT(first_bad(fixture.verify()), Catch::Contains("the log ends at record 4, and a sink got record 20"));
}

TEST_CASE("a segment that went is named, unless a record tells of it", "[outbox]") {
  Fixture fixture(1500);
  REQUIRE(fixture.disk.remove(kFirst));
  CHECK_THAT(first_bad(fixture.verify()), Catch::StartsWith("1 ") && Catch::Contains("missing"));

  MemoryDisk disk;
  auto options = test::outbox_options();
  options.segment_bytes = 1500;
  options.max_bytes = 6000;
  const auto outbox = Outbox::open(options, fixture.around.world(disk, &fixture.key)).value();
  for (std::uint64_t i = 1; i <= 60; ++i) {
    REQUIRE(outbox->append(numbered_event(i)));
    REQUIRE(outbox->commit());
  }
  REQUIRE(outbox->close());
  const ChainReport report = verify_outbox(disk, "box", fixture.keys).value().chain;
  CHECK(first_bad(report) == "none");
  REQUIRE(report.remarks.size() == 1);
  CHECK_THAT(report.remarks[0], Catch::StartsWith("records 1 to ") && Catch::Contains("were removed, bound"));

  // One more goes than the records tell of.
  const auto segments = outbox->segments();
  REQUIRE(segments.size() > 2);
  REQUIRE(disk.remove("box/" + segment_name(segments[0].first_sequence)));
  CHECK_THAT(first_bad(verify_outbox(disk, "box", fixture.keys).value().chain), Catch::StartsWith("1 ") && Catch::Contains("missing"));
}

TEST_CASE("damage that the agent quarantined stays bad", "[outbox]") {
  Fixture fixture;
  std::string bytes = fixture.content();
  bytes[kSegmentHeader + 4 * fixture.size + 200] ^= 1;
  fixture.disk.put(kFirst, bytes);
  const auto outbox = Outbox::open(test::outbox_options(), fixture.around.world(fixture.disk, &fixture.key)).value();
  REQUIRE(outbox->close());
  CHECK(fixture.verify().problems.front().sequence == 5);
}

struct Lines {
  Fixture fixture;
  std::vector<std::string> lines;
  Lines() {
    for (const OutboxRecord& record : fixture.records) lines.push_back(with_integrity(record, &fixture.key));
  }
  ChainReport verify() {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    fixture.disk.put("events", text);
    return verify_events(fixture.disk, "events", fixture.keys).value().chain;
  }
};

TEST_CASE("events that left are whole, once or twice", "[outbox]") {
  Lines file;
  CHECK(first_bad(file.verify()) == "none");
  file.lines.insert(file.lines.begin() + 6, file.lines.begin() + 2, file.lines.begin() + 6);
  const ChainReport report = file.verify();
  CHECK(first_bad(report) == "none");
  CHECK(report.repeated == 4);
  CHECK(report.events == 20);
}

TEST_CASE("what a sink was not given for a reason is in order, and what it was given is not", "[outbox]") {
  const auto problem = [](const std::string& what, const nlohmann::ordered_json& detail) {
    Fixture fixture;
    const auto outbox = Outbox::open(test::outbox_options(), fixture.around.world(fixture.disk, &fixture.key)).value();
    outbox->note(what, detail);
    REQUIRE(outbox->close());
    std::string text;
    for (const OutboxRecord& record : test::all_records(*outbox))
      if (record.sequence != 5) text += with_integrity(record, &fixture.key) + "\n";
    fixture.disk.put("events", text);
    const ChainReport report = verify_events(fixture.disk, "events", fixture.keys).value().chain;
    return report.problems.empty() ? 0 : report.problems.front().sequence;
  };
  CHECK(problem("outbox.trouble", {{"why", "x"}}) == 5);
  CHECK(problem("sink.poison", {{"sink", "http"}, {"sequence", 5}}) == 0);
  CHECK(problem("sink.poison", {{"sink", "http"}, {"sequence", 6}}) == 5);
  CHECK(problem("outbox.removed", {{"first", 1}, {"last", 8}, {"why", "bound"}}) == 0);
  CHECK(problem("outbox.removed", {{"first", 1}, {"last", 8}, {"why", "delivered"}}) == 5);
}

TEST_CASE("what the volume cap held back is missing in good order", "[outbox]") {
  for (const bool told : {true, false}) {
    Fixture fixture;
    const auto outbox = Outbox::open(test::outbox_options(), fixture.around.world(fixture.disk, &fixture.key)).value();
    REQUIRE(outbox->append(numbered_event(99), RecordKind::Held));
    if (told) outbox->note("outbox.capped", {{"held", 1}});
    REQUIRE(outbox->close());
    std::string text;
    std::uint64_t held = 0;
    for (const OutboxRecord& record : test::all_records(*outbox))
      if (record.kind == RecordKind::Held)
        held = record.sequence;
      else
        text += with_integrity(record, &fixture.key) + "\n";
    fixture.disk.put("events", text);
    const ChainReport report = verify_events(fixture.disk, "events", fixture.keys).value().chain;
    CHECK((report.problems.empty() ? 0 : report.problems.front().sequence) == (told ? 0 : held));
    CHECK(first_bad(fixture.verify()) == "none");
  }
}

TEST_CASE("an event that left and was edited, cut, moved or written anew is named", "[outbox]") {
  const auto bad_after = [](auto change) {
    Lines file;
    change(file.lines);
    const ChainReport report = file.verify();
    return report.problems.empty() ? 0 : report.problems.front().sequence;
  };
  CHECK(bad_after([](auto& lines) { lines[4].replace(lines[4].find("breach"), 6, "permit"); }) == 5);
  CHECK(bad_after([](auto& lines) { lines.erase(lines.begin() + 4); }) == 5);
  CHECK(bad_after([](auto& lines) { std::swap(lines[4], lines[5]); }) == 5);
  CHECK(bad_after([](auto& lines) { lines[4].insert(lines[4].find(":") + 1, " "); }) == 5);
  CHECK(bad_after([](auto& lines) { lines[4].resize(100); }) == 5);
  CHECK(bad_after([](auto& lines) { lines[4] = numbered_event(4); }) == 5);
}

TEST_CASE("what is no outbox and no file of events is said to be none", "[outbox]") {
  MemoryDisk disk;
  disk.put("events", numbered_event(1) + "\n");
  CHECK_FALSE(verify_outbox(disk, "nowhere", {}));
  CHECK_FALSE(verify_events(disk, "events", {}));
  CHECK_FALSE(verify_events(disk, "nothing", {}));
}

}  // namespace
}  // namespace scanner

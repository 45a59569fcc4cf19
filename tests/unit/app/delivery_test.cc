// Delivery as the agent uses it, with events as the engine makes them.
#include "scanner/io/delivery.h"

#include "scanner/engine/event_json.h"
#include "scanner/io/evidence_store.h"
#include "scanner/io/integrity.h"
#include "tests/support/event_schema.h"
#include "tests/support/memory_disk.h"
#include "tests/support/outbox_fixture.h"
#include "tests/unit/app/sample_events.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

namespace scanner {
namespace {

using test::MemoryDisk;
using test::numbered_event;
using test::OutboxSurroundings;

struct Fixture {
  MemoryDisk disk;
  OutboxSurroundings around;
  SigningKey key = test::test_key();
  DeliveryOptions options;

  Fixture() {
    options.outbox = test::outbox_options();
    options.file = FileSinkOptions{"out/events.ndjson"};
  }
  std::unique_ptr<Delivery> open(Reclaim* reclaim = nullptr) { return Delivery::open(options, around.world(disk, &key, reclaim)).value(); }
  std::vector<std::string> lines() const {
    std::istringstream text(disk.content("out/events.ndjson").value_or(""));
    std::vector<std::string> out;
    for (std::string line; std::getline(text, line);) out.push_back(line);
    return out;
  }
  std::vector<std::uint64_t> numbers() const {
    std::vector<std::uint64_t> out;
    for (const std::string& line : lines())
      if (const auto number = test::number_of(line); number != 0) out.push_back(number);
    return out;
  }
  EngineEvent numbered(std::uint64_t number, const std::string& subject = "ip:192.0.2.1") const {
    return {numbered_event(number, "aupscan.breach.v1", 0, subject), "", std::to_string(number), subject, around.now};
  }
};

TEST_CASE("events that left keep to the schema and their claims", "[app]") {
  Fixture fixture;
  const std::string json = to_json(test::sample_event(), {"urn:aupscan:agent:test", "1", "", {"live"}});
  {
    const auto delivery = fixture.open();
    delivery->start();
    REQUIRE(delivery->add({json, "", "i", "ip:192.0.2.10", fixture.around.now}));
    delivery->note("outbox.trouble", {{"why", "a test"}});
    REQUIRE(delivery->flush(fixture.around.now));
    REQUIRE(delivery->stop(std::chrono::minutes(1)));
  }
  const auto lines = fixture.lines();
  REQUIRE(lines.size() == 3);
  for (const std::string& line : lines) CHECK(test::schema_errors(line) == "");
  CHECK(claim_of(lines[0]) == claim_of(json));
  CHECK(read_integrity(lines[0])->record.body == json);
}

TEST_CASE("a subject that says too much waits, and its newest word goes out in the end", "[app]") {
  Fixture fixture;
  fixture.options.events_per_subject_hour = 2;
  const auto delivery = fixture.open();
  delivery->start();
  for (std::uint64_t i = 1; i <= 5; ++i) REQUIRE(delivery->add(fixture.numbered(i)));
  REQUIRE(delivery->add(fixture.numbered(6, "ip:192.0.2.2")));
  REQUIRE(delivery->flush(fixture.around.now));
  fixture.around.now = fixture.around.now + std::chrono::hours(1);
  REQUIRE(delivery->flush(fixture.around.now));
  REQUIRE(delivery->stop(std::chrono::minutes(1)));
  CHECK(fixture.numbers() == std::vector<std::uint64_t>{1, 2, 6, 3, 4, 5});
  const auto lines = fixture.lines();
  const auto capped = nlohmann::json::parse(lines.at(3))["data"];
  CHECK(capped["what"] == "outbox.capped");
  CHECK(capped["detail"]["held"] == 3);
  CHECK(capped["detail"]["sequences"] == nlohmann::json::parse("[[3,5]]"));
  CHECK(test::schema_errors(lines[3]) == "");
}

TEST_CASE("what a killed process held back goes out at the next start", "[app]") {
  Fixture fixture;
  fixture.options.events_per_subject_hour = 2;
  {
    const auto delivery = fixture.open();
    for (std::uint64_t i = 1; i <= 5; ++i) REQUIRE(delivery->add(fixture.numbered(i)));
    REQUIRE(delivery->flush(fixture.around.now));
  }
  fixture.disk.crash();
  for (int life = 0; life < 2; ++life) {
    const auto delivery = fixture.open();
    delivery->start();
    REQUIRE(delivery->flush(fixture.around.now));
    REQUIRE(delivery->stop(std::chrono::minutes(1)));
  }
  const auto numbers = fixture.numbers();
  CHECK(std::multiset<std::uint64_t>(numbers.begin(), numbers.end()).size() == 5);
  for (std::uint64_t i = 1; i <= 5; ++i) CHECK(std::count(numbers.begin(), numbers.end(), i) <= 2);
  CHECK(std::set<std::uint64_t>(numbers.begin(), numbers.end()).size() == 5);
}

TEST_CASE("evidence that went is told of by a record", "[app]") {
  Fixture fixture;
  const auto store = EvidenceStore::open({"store", 500, std::chrono::hours(1)}, fixture.disk, [&] { return fixture.around.now; }).value();
  const auto delivery = fixture.open(store.get());
  delivery->start();
  REQUIRE(store->put(as_bytes(std::string(400, 'a')), "pcapng"));
  REQUIRE(store->put(as_bytes(std::string(400, 'b')), "pcapng"));
  REQUIRE(delivery->flush(fixture.around.now));
  REQUIRE(delivery->stop(std::chrono::minutes(1)));
  const auto said = nlohmann::json::parse(fixture.lines().at(0))["data"];
  CHECK(said["what"] == "evidence.removed");
  CHECK(said["detail"]["why"] == "bound");
}

TEST_CASE("an outbox without a key says that it is not signed", "[app]") {
  Fixture fixture;
  const auto delivery = Delivery::open(fixture.options, fixture.around.world(fixture.disk));
  REQUIRE(delivery);
  CHECK(fixture.around.heard("no signing key"));
}

}  // namespace
}  // namespace scanner

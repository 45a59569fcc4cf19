#include "scanner/app/incident_book.h"

#include "tests/unit/app/sample_events.h"

#include <catch2/catch.hpp>

namespace scanner {
namespace {

using test::sample_event;
using test::sample_indicator;

std::string name(std::size_t number) { return "incident " + std::to_string(number); }

TEST_CASE("the last revision of each incident is kept, breaches first", "[app]") {
  IncidentBook book;
  book.take(sample_indicator());
  BreachEvent event = sample_event();
  event.type = EventType::Indicator;
  event.stage = Stage::Contact;
  book.take(event);
  event = sample_event();
  event.revision = 2;
  book.take(event);
  const auto incidents = book.incidents();
  REQUIRE(incidents.size() == 2);
  CHECK(incidents[0]->subject.id == "ip:192.0.2.10");
  CHECK(incidents[0]->revision == 2);
  CHECK(incidents[1]->type == EventType::Indicator);
}

TEST_CASE("it is remembered when an incident first stood on each rung", "[app]") {
  IncidentBook book;
  BreachEvent event = sample_event();
  event.stage = Stage::Contact;
  event.time = test::kNoon;
  book.take(event);
  event.time = test::kNoon + std::chrono::minutes(1);
  book.take(event);
  event.stage = Stage::Proof;
  book.take(event);
  const auto& rungs = book.rungs(event.incident);
  REQUIRE(rungs.size() == 2);
  CHECK(rungs[0].stage == Stage::Contact);
  CHECK(rungs[0].at == test::kNoon);
  CHECK(rungs[1].stage == Stage::Proof);
  CHECK(book.rungs("another").empty());
}

TEST_CASE("shadow and test events count for no exit code", "[app]") {
  IncidentBook book;
  BreachEvent event = sample_event();
  for (const char* mode : {"shadow", "test"}) {
    event.mode = mode;
    book.take(event);
  }
  CHECK_FALSE(book.saw_breach());
  book.take(sample_indicator());
  CHECK(book.saw_indicator());
  CHECK_FALSE(book.saw_breach());
  book.take(sample_event());
  CHECK(book.saw_breach());
}

TEST_CASE("a breach takes the place of the oldest indicator, and what is dropped is counted", "[app]") {
  IncidentBook book;
  for (std::size_t i = 0; i < IncidentBook::kMaxIncidents; ++i) book.take(sample_indicator("ip:192.0.2.11", name(i)));
  BreachEvent late = sample_indicator("ip:192.0.2.12", "late");
  book.take(late);
  late.revision = 2;
  book.take(late);
  CHECK(book.incidents().size() == IncidentBook::kMaxIncidents);
  CHECK(book.dropped() == 1);
  book.take(sample_event());
  CHECK(book.dropped() == 2);
  const auto incidents = book.incidents();
  CHECK(incidents.size() == IncidentBook::kMaxIncidents);
  CHECK(incidents.front()->type == EventType::Breach);
  CHECK(book.rungs(name(0)).empty());
  CHECK_FALSE(book.rungs(name(1)).empty());
}

TEST_CASE("findings beyond the bound are left out of later incidents", "[app]") {
  IncidentBook book;
  BreachEvent event = sample_event();
  event.findings.assign(100, test::sample_finding());
  for (std::size_t i = 0; i <= IncidentBook::kMaxFindings / 100; ++i) {
    event.incident = name(i);
    book.take(event);
  }
  std::size_t findings = 0;
  for (const BreachEvent* incident : book.incidents()) findings += incident->findings.size();
  CHECK(findings == IncidentBook::kMaxFindings + IncidentBook::kFewFindings);
}

}  // namespace
}  // namespace scanner

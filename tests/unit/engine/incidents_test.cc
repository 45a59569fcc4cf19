#include "scanner/engine/incidents.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

constexpr std::int64_t kMinute = 60'000'000'000;

struct Collected final : EventSink {
  void take(const BreachEvent& event) override { events.push_back(event); }
  std::vector<BreachEvent> events;
};

Declaration declaration() {
  ProhibitedActivity pool;
  pool.activity = "mining.pool";
  pool.breach_from = Stage::Session;
  pool.severity = {{Stage::Contact, "low"}, {Stage::Session, "high"}};
  pool.measures = {"(1) restrict or suspend"};
  pool.clause = "9.1";
  ProhibitedActivity software = pool;
  software.activity = "mining.software";
  DeclarationEdition edition;
  edition.version = "1";
  edition.activities = {pool, software};
  return Declaration({edition}, "hash");
}

Finding finding(Stage stage, std::int64_t at, const std::string& key = "flow:1") {
  Finding made;
  made.key = key;
  made.subject.id = "ip:192.0.2.1";
  made.activity = "mining.pool";
  made.stage = stage;
  made.first_seen = made.last_seen = Timestamp{at};
  made.weight = 0.5;
  made.reason = "because";
  return made;
}

struct Bench {
  explicit Bench(IncidentLimits limits = {}) : incidents(limits, rules, redactor, {}, sink) {}
  void feed(const Finding& f, std::int64_t at) {
    incidents.advance(Timestamp{at});
    incidents.take(f);
    incidents.settle();
  }
  Declaration rules = declaration();
  Redactor redactor{""};
  Collected sink;
  Incidents incidents;
};

}  // namespace

TEST_CASE("an event is emitted when a rung changes and not for more of the same", "[engine]") {
  Bench bench;
  bench.feed(finding(Stage::Contact, 1), 1);
  bench.feed(finding(Stage::Contact, 2), 2);
  bench.feed(finding(Stage::Session, 3), 3);
  bench.feed(finding(Stage::Session, 4), 4);
  REQUIRE(bench.sink.events.size() == 2);
  CHECK(bench.sink.events[0].type == EventType::Indicator);
  CHECK(bench.sink.events[1].type == EventType::Breach);
  CHECK(bench.sink.events[0].incident == bench.sink.events[1].incident);
  CHECK(bench.sink.events[0].id != bench.sink.events[1].id);
  CHECK(bench.sink.events[1].revision == 2);
}

TEST_CASE("while it goes on an incident speaks every ten minutes", "[engine]") {
  Bench bench;
  for (std::int64_t minute = 0; minute <= 25; ++minute) bench.feed(finding(Stage::Session, minute * kMinute), minute * kMinute);
  CHECK(bench.sink.events.size() == 3);  // at 0, 10 and 20
}

TEST_CASE("an incident closes after fifteen quiet minutes, at the time when it was due", "[engine]") {
  Bench bench;
  bench.feed(finding(Stage::Session, 0), 0);
  bench.incidents.advance(Timestamp{100 * kMinute});
  REQUIRE(bench.sink.events.size() == 2);
  CHECK(bench.sink.events[1].state == "closed");
  CHECK(bench.sink.events[1].time.ns == 15 * kMinute);
  bench.feed(finding(Stage::Session, 101 * kMinute), 101 * kMinute);
  REQUIRE(bench.sink.events.size() == 3);
  CHECK(bench.sink.events[2].incident != bench.sink.events[0].incident);
  CHECK(bench.sink.events[2].revision == 1);
}

TEST_CASE("the end gives every open incident a last event in order of opening", "[engine]") {
  Bench bench;
  Finding other = finding(Stage::Contact, 1);
  other.subject.id = "ip:192.0.2.2";
  bench.feed(finding(Stage::Session, 0), 0);
  bench.feed(other, 1);
  bench.feed(finding(Stage::Session, 2), 2);
  bench.incidents.finish();
  REQUIRE(bench.sink.events.size() == 4);
  CHECK(bench.sink.events[2].subject.id == "ip:192.0.2.1");
  CHECK(bench.sink.events[3].subject.id == "ip:192.0.2.2");
}

TEST_CASE("attempts open nothing and count beside other evidence", "[engine]") {
  Bench bench;
  Finding attempts = finding(Stage::None, 0, "attempts");
  attempts.attempts = 7;
  bench.feed(attempts, 0);
  CHECK(bench.sink.events.empty());
  bench.feed(finding(Stage::Contact, 1), 1);
  bench.feed(attempts, 2);
  bench.incidents.finish();
  CHECK(bench.sink.events.back().counts.attempts == 7);
  CHECK(bench.sink.events.back().counts.contacts == 1);
  CHECK(bench.sink.events.back().findings.size() == 1);
}

TEST_CASE("a withdrawn finding leaves its incident, and an incident that said nothing disappears", "[engine]") {
  Bench bench;
  bench.incidents.take(finding(Stage::Contact, 0));
  bench.incidents.withdraw(finding(Stage::Contact, 0).subject, "mining.pool", "flow:1");
  bench.incidents.settle();
  bench.incidents.finish();
  CHECK(bench.sink.events.empty());
}

TEST_CASE("a merged incident says into which one in its last revision", "[engine]") {
  Bench bench;
  Finding process = finding(Stage::Contact, 0, "process:1");
  process.activity = "mining.software";
  bench.feed(process, 0);
  bench.feed(finding(Stage::Session, 1), 1);
  bench.incidents.merge(process.subject, "mining.software", {process.key}, process.subject, "mining.pool");
  REQUIRE(bench.sink.events.size() == 3);
  CHECK(bench.sink.events[2].activity == "mining.software");
  CHECK(bench.sink.events[2].state == "closed");
  CHECK(bench.sink.events[2].merged_into == bench.sink.events[1].incident);
  CHECK(bench.incidents.open() == 1);
}

TEST_CASE("findings beyond the limit are folded into the counts, lowest first", "[engine]") {
  IncidentLimits limits;
  limits.max_findings = 16;
  Bench bench(limits);
  bench.feed(finding(Stage::Proof, 0, "flow:proof"), 0);
  for (int i = 0; i < 100; ++i) bench.feed(finding(Stage::Contact, i, "flow:" + std::to_string(i)), i);
  bench.incidents.finish();
  const BreachEvent& last = bench.sink.events.back();
  CHECK(last.counts.contacts == 100);
  CHECK(last.counts.proof == 1);
  CHECK(last.stage == Stage::Proof);
  CHECK(last.findings_total == 101);
  CHECK(last.findings.front().stage == Stage::Proof);
}

TEST_CASE("the least recently touched incident closes early when there are too many", "[engine]") {
  IncidentLimits limits;
  limits.max_incidents = 2;
  Bench bench(limits);
  for (int i = 1; i <= 3; ++i) {
    Finding made = finding(Stage::Contact, i);
    made.subject.id = "ip:192.0.2." + std::to_string(i);
    bench.feed(made, i);
  }
  CHECK(bench.incidents.open() == 2);
  REQUIRE(bench.sink.events.size() == 4);
  CHECK(bench.sink.events[2].subject.id == "ip:192.0.2.1");
  CHECK(bench.sink.events[2].state == "closed");
}

TEST_CASE("independent kinds of evidence raise the confidence, more of the same kind does not", "[engine]") {
  Bench one, two, three;
  one.feed(finding(Stage::Session, 0), 0);
  two.feed(finding(Stage::Session, 0), 0);
  two.feed(finding(Stage::Session, 0, "flow:2"), 0);
  two.incidents.finish();
  three.feed(finding(Stage::Session, 0), 0);
  Finding process = finding(Stage::Session, 0, "process:1");
  process.kind = EvidenceKind::Process;
  three.feed(process, 0);
  CHECK(one.sink.events.back().confidence == Approx(0.5));
  CHECK(two.sink.events.back().confidence == Approx(0.5));
  CHECK(three.sink.events.back().confidence == Approx(0.75));
  CHECK(three.sink.events.back().independent_kinds == std::vector<std::string>{"traffic", "process"});
}

TEST_CASE("a permitted incident says by what, proposes nothing, and is another one than the judged", "[engine][exceptions]") {
  Bench judged;
  judged.feed(finding(Stage::Session, 1), 1);
  Collected sink;
  const Declaration rules = declaration();
  const Redactor redactor{""};
  Incidents permitted({}, rules, redactor, {}, sink, IncidentPurpose::Permitted);
  permitted.advance(Timestamp{1});
  permitted.permit(finding(Stage::Session, 1), "by exception one");
  permitted.permit(finding(Stage::Proof, 1, "flow:2"), "by exception two");
  permitted.settle();
  REQUIRE(sink.events.size() == 1);
  const BreachEvent& event = sink.events[0];
  CHECK(judged.sink.events[0].type == EventType::Breach);
  CHECK(event.type == EventType::Permitted);
  CHECK(event.stage == Stage::Proof);
  CHECK(event.proposal.measures.empty());
  CHECK(event.proposal.reasons.size() == 3);
  CHECK(event.proposal.reasons[1] == "by exception one");
  CHECK(event.incident != judged.sink.events[0].incident);
  CHECK(permitted.holds(event.subject, "mining.pool", "flow:2"));
  CHECK_FALSE(permitted.holds(event.subject, "mining.pool", "flow:3"));
  CHECK(permitted.is_open(event.subject, "mining.pool"));
  CHECK_FALSE(permitted.is_open(event.subject, "mining.software"));
}

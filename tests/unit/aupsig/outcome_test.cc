#include "tools/aupsig/outcome.h"

#include "tests/unit/app/sample_events.h"

#include <catch2/catch.hpp>

using namespace scanner;
using test::sample_event;

namespace {

std::vector<OutcomeChange> changes(const BreachEvent& before, const BreachEvent& after) { return compare_outcomes({outcome_of(before)}, {outcome_of(after)}); }

}  // namespace

TEST_CASE("an incident that both packs claim alike is no change, whatever is not of the claim", "[aupsig][diff]") {
  const BreachEvent before = sample_event();
  BreachEvent after = before;
  after.mode = "shadow";
  after.ruleset_id = "another";
  after.quality.gaps = 7;
  after.findings[0].packets = {{0, 99}};
  after.findings[0].source_sha256 = std::string(64, 'f');
  CHECK(changes(before, after).empty());
}

TEST_CASE("a verdict of one pack alone appears or disappears", "[aupsig][diff]") {
  const Outcome outcome = outcome_of(sample_event());
  const auto gone = compare_outcomes({outcome}, {});
  REQUIRE(gone.size() == 1);
  CHECK(gone[0].kind == ChangeKind::Disappears);
  CHECK(gone[0].source_changes() == std::vector<std::string>{"- cryptonote"});
  const auto come = compare_outcomes({}, {outcome});
  REQUIRE(come.size() == 1);
  CHECK(come[0].kind == ChangeKind::Appears);
  CHECK(come[0].type() == EventType::Breach);
}

TEST_CASE("the gravest difference names a change", "[aupsig][diff]") {
  const BreachEvent before = sample_event();
  BreachEvent after = before;
  after.confidence = 0.5;
  CHECK(changes(before, after).at(0).kind == ChangeKind::Confidence);
  after.traffic_stage = after.stage = Stage::Contact;
  after.type = EventType::Indicator;
  CHECK(changes(before, after).at(0).kind == ChangeKind::Stage);
  CHECK(changes(before, after).at(0).type() == EventType::Breach);  // what was lost counts
}

TEST_CASE("a finding of another signature, or of another revision, is a change of evidence", "[aupsig][diff]") {
  const BreachEvent before = sample_event();
  BreachEvent after = before;
  after.findings[0].source = "mining.pool.new";
  after.findings[0].revision = 2;
  auto found = changes(before, after);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == ChangeKind::Evidence);
  CHECK(found[0].source_changes() == std::vector<std::string>{"- cryptonote", "+ mining.pool.new r2"});
  after = before;
  after.findings[0].revision = 3;
  found = changes(before, after);
  REQUIRE(found.size() == 1);
  CHECK(found[0].source_changes() == std::vector<std::string>{"~ cryptonote → r3"});
  after = before;
  after.findings[0].reason = "another reason";
  CHECK(changes(before, after).at(0).kind == ChangeKind::Evidence);
}

TEST_CASE("what else differs in a claim is named by its field", "[aupsig][diff]") {
  const BreachEvent before = sample_event();
  BreachEvent after = before;
  after.mining[0].pool = "other.example:3333";
  const auto found = changes(before, after);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == ChangeKind::Other);
  CHECK(found[0].fields == std::vector<std::string>{"mining/0/pool: \"pool.example:3333\" → \"other.example:3333\""});
}

TEST_CASE("an incident that begins at another time is the same subject's, and told as a change", "[aupsig][diff]") {
  const BreachEvent before = sample_event();
  BreachEvent after = before;
  after.incident = std::string(32, 'b');
  const auto found = changes(before, after);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == ChangeKind::Other);
  CHECK(found[0].fields.at(0) == "incident");
  // A stranger's incident is none of it.
  after.subject.id = "ip:192.0.2.99";
  const auto two = changes(before, after);
  REQUIRE(two.size() == 2);
  CHECK(two[0].kind == ChangeKind::Appears);
  CHECK(two[1].kind == ChangeKind::Disappears);
}

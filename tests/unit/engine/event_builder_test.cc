// The arithmetic of an event: three independent kinds, what a list adds, what doubts cost.
#include "scanner/engine/event_builder.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

Finding finding(EvidenceKind kind, Stage stage, double weight, const std::string& key) {
  Finding made;
  made.key = key;
  made.kind = kind;
  made.stage = stage;
  made.weight = weight;
  made.reason = "reason of " + key;
  made.activity = "mining.pool";
  made.subject.id = "ip:192.0.2.1";
  made.first_seen = made.last_seen = {1'000'000'000};
  return made;
}

BreachEvent built(const std::vector<Finding>& findings) {
  IncidentRecord record;
  record.subject.id = "ip:192.0.2.1";
  record.activity = "mining.pool";
  record.id = "x";
  for (const Finding& one : findings) record.put(one);
  return build_event(record, Redactor(""));
}

}  // namespace

TEST_CASE("three kinds of evidence are combined as if each could be wrong on its own", "[engine]") {
  const BreachEvent event = built({finding(EvidenceKind::Traffic, Stage::Session, 0.85, "flow:1"), finding(EvidenceKind::Traffic, Stage::Contact, 0.3, "flow:2"),
                                   finding(EvidenceKind::Process, Stage::Work, 0.6, "process:1"), finding(EvidenceKind::Usage, Stage::Interest, 0.4, "usage:1")});
  CHECK(event.independent_kinds == std::vector<std::string>{"traffic", "process", "usage"});
  CHECK(event.confidence == Approx(1 - 0.15 * 0.4 * 0.6));
  REQUIRE(event.arithmetic.size() == 3);
  CHECK(event.arithmetic[0].what == "traffic: reason of flow:1");
  CHECK(event.arithmetic[1].what == "process: reason of process:1");
  CHECK(event.arithmetic[2].what == "usage: reason of usage:1");
  CHECK(event.stage == Stage::Work);
  CHECK(event.traffic_stage == Stage::Session);
  CHECK(event.process_stage == Stage::Work);
}

TEST_CASE("many findings of one kind count as their best one", "[engine]") {
  std::vector<Finding> many;
  for (int i = 0; i < 50; ++i) many.push_back(finding(EvidenceKind::Process, Stage::Interest, 0.4, "process:" + std::to_string(i)));
  CHECK(built(many).confidence == Approx(0.4));
}

TEST_CASE("doubts of the attribution multiply the confidence, those of the surest finding on the highest rung", "[engine]") {
  Finding sure = finding(EvidenceKind::Traffic, Stage::Proof, 0.9, "flow:1"), unsure = finding(EvidenceKind::Traffic, Stage::Proof, 0.9, "flow:2");
  Finding low = finding(EvidenceKind::Traffic, Stage::Contact, 0.3, "flow:0");
  unsure.subject.doubts = {{"sources disagree", 0.5}, {"the address is shared", 0.7}};
  unsure.subject.rivals = {{"acme", "", "config", "p"}, {"beta", "", "config", "q"}};
  const BreachEvent doubtful = built({low, unsure});
  CHECK(doubtful.confidence == Approx(0.9 * 0.5 * 0.7));
  REQUIRE(doubtful.arithmetic.size() == 3);
  CHECK(doubtful.arithmetic[1].what == "attribution: sources disagree");
  CHECK(doubtful.arithmetic[1].value == 0.5);
  CHECK(doubtful.subject.rivals.size() == 2);
  const BreachEvent both = built({low, unsure, sure});
  CHECK(both.confidence == Approx(0.9));
  CHECK(both.subject.doubts.empty());
}

TEST_CASE("conduct that outlasts its attribution is told as such", "[engine]") {
  Finding late = finding(EvidenceKind::Traffic, Stage::Proof, 0.9, "flow:1");
  late.subject.attributed_until = {2'000'000'000};
  CHECK(built({late}).confidence == Approx(0.9));
  late.last_seen = {3'000'000'000};
  const BreachEvent event = built({late});
  CHECK(event.confidence == Approx(0.72));
  REQUIRE(event.subject.doubts.size() == 1);
  CHECK(event.subject.doubts[0].what == "the attribution held until 1970-01-01T00:00:02.000000000Z, the conduct went on until 1970-01-01T00:00:03.000000000Z");
}

TEST_CASE("the panel's sentences are told once each, and wallets in them are masked", "[engine]") {
  const std::string wallet = "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A";
  Finding process = finding(EvidenceKind::Process, Stage::Contact, 0.5, "process:1"), usage = finding(EvidenceKind::Usage, Stage::Interest, 0.4, "usage:1");
  process.compromise_indicators = usage.compromise_indicators = {"a: it was started as `x -u " + wallet + "`"};
  process.wilful_indicators = {"b: c"};
  const BreachEvent event = built({process, usage});
  REQUIRE(event.compromise_indicators.size() == 1);
  CHECK(event.compromise_indicators[0].find(wallet) == std::string::npos);
  CHECK(event.compromise_indicators[0].starts_with("a: it was started as `x -u 44AFFq***"));
  CHECK(event.wilful_indicators == std::vector<std::string>{"b: c"});
  CHECK(event.confidence == Approx(1 - 0.5 * 0.6));
}

#include "scanner/detect/mining_flow.h"

#include <catch2/catch.hpp>

#include <initializer_list>
#include <utility>

using namespace scanner;

namespace {

using Step = std::pair<MiningRole, MiningOutcome>;
constexpr auto Asked = MiningOutcome::Asked;
constexpr auto Accepted = MiningOutcome::Accepted;
constexpr auto Refused = MiningOutcome::Refused;
constexpr auto Delivered = MiningOutcome::Delivered;
constexpr auto Notified = MiningOutcome::Notified;
constexpr auto Subscribe = MiningRole::Subscribe;
constexpr auto Authorise = MiningRole::Authorise;
constexpr auto GetWork = MiningRole::GetWork;
constexpr auto Job = MiningRole::Job;
constexpr auto Submit = MiningRole::Submit;

Stage after(std::initializer_list<Step> steps, bool start_seen = true) {
  LadderFacts facts;
  facts.start_seen = start_seen;
  for (const auto& [role, outcome] : steps) {
    MiningSeen seen;
    seen.role = role;
    seen.outcome = outcome;
    note(facts, seen);
  }
  CHECK_FALSE(reason_for(facts).empty());
  return stage_of(facts);
}

}  // namespace

TEST_CASE("a request without answer or with a refusal is contact", "[detect]") {
  CHECK(after({}) == Stage::None);
  CHECK(after({{Subscribe, Asked}}) == Stage::Contact);
  CHECK(after({{Subscribe, Asked}, {Subscribe, Accepted}}) == Stage::Contact);
  CHECK(after({{Authorise, Asked}}) == Stage::Contact);
  CHECK(after({{Authorise, Asked}, {Authorise, Refused}}) == Stage::Contact);
  CHECK(after({{GetWork, Asked}, {GetWork, Refused}}) == Stage::Contact);
}

TEST_CASE("an accepted log-in is a session, and so is work requested and delivered", "[detect]") {
  CHECK(after({{Authorise, Asked}, {Authorise, Accepted}}) == Stage::Session);
  CHECK(after({{GetWork, Asked}, {GetWork, Accepted}}) == Stage::Session);
  CHECK(after({{Authorise, Refused}, {Authorise, Accepted}}) == Stage::Session);
}

TEST_CASE("work pushed after a subscribe alone or beside a refused log-in is contact", "[detect]") {
  CHECK(after({{Subscribe, Accepted}, {Job, Notified}}) == Stage::Contact);
  CHECK(after({{Authorise, Refused}, {Job, Notified}}) == Stage::Contact);
  CHECK(after({{Authorise, Refused}, {GetWork, Accepted}}) == Stage::Contact);
}

TEST_CASE("work pushed on a flow whose start was not seen is a session where the miner took part, unless a log-in was refused on it", "[detect]") {
  CHECK(after({{Job, Notified}}, false) == Stage::Contact);
  CHECK(after({{Job, Notified}, {Job, Delivered}}, false) == Stage::Session);
  CHECK(after({{Submit, Asked}, {Job, Notified}}, false) == Stage::Session);
  CHECK(after({{Authorise, Refused}, {Job, Notified}, {Job, Delivered}}, false) == Stage::Contact);
  CHECK(after({{Job, Notified}, {Job, Delivered}}) == Stage::Contact);
}

TEST_CASE("shares count as work once the other side took part", "[detect]") {
  CHECK(after({{Submit, Asked}}) == Stage::Contact);
  CHECK(after({{Submit, Asked}, {Submit, Refused}}) == Stage::Contact);
  CHECK(after({{Submit, Asked}, {Submit, Delivered}}) == Stage::Work);
  CHECK(after({{Job, Notified}, {Submit, Asked}}) == Stage::Contact);
  CHECK(after({{Job, Notified}, {Submit, Asked}, {Submit, Refused}}) == Stage::Work);
  CHECK(after({{Authorise, Accepted}, {Submit, Asked}, {Submit, Refused}}) == Stage::Work);
  CHECK(after({{Authorise, Accepted}, {Submit, Asked}}) == Stage::Session);
}

TEST_CASE("an accepted share is proof, whatever was seen before", "[detect]") {
  CHECK(after({{Submit, Accepted}}) == Stage::Proof);
  CHECK(after({{Authorise, Refused}, {Submit, Asked}, {Submit, Accepted}}) == Stage::Proof);
}

TEST_CASE("a higher rung convinces more", "[detect]") {
  double last = 0;
  for (const Stage stage : {Stage::Interest, Stage::Contact, Stage::Session, Stage::Work, Stage::Proof}) {
    CHECK(weight_of(stage) > last);
    CHECK(weight_of(stage) < 1);
    last = weight_of(stage);
  }
}

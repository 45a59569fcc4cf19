#include "scanner/detect/served_flow.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

constexpr Timestamp kStart{1'000'000'000'000'000'000};

MiningSeen message(MiningRole role, MiningOutcome outcome) {
  MiningSeen seen;
  seen.role = role;
  seen.outcome = outcome;
  return seen;
}

class Talk {
 public:
  Talk& say(MiningRole role, MiningOutcome outcome, Duration at = {}, bool corrected = false) {
    note_served(facts, message(role, outcome), kStart + at, corrected);
    return *this;
  }
  Talk& log_in() { return say(MiningRole::Authorise, MiningOutcome::Asked).say(MiningRole::Authorise, MiningOutcome::Accepted); }
  Talk& job(Duration at = {}, bool corrected = false) { return say(MiningRole::Job, MiningOutcome::Notified, at, corrected); }
  Stage stage() const { return served_stage(facts); }
  ServedFacts facts;
};

}  // namespace

TEST_CASE("what a server ignores or refuses says nothing of it") {
  CHECK(Talk().say(MiningRole::Subscribe, MiningOutcome::Asked).stage() == Stage::None);
  CHECK(Talk().say(MiningRole::Authorise, MiningOutcome::Refused).stage() == Stage::None);
  CHECK(Talk().say(MiningRole::Submit, MiningOutcome::Asked).say(MiningRole::Submit, MiningOutcome::Delivered).stage() == Stage::None);
}

TEST_CASE("a probe that is let in leaves contact, whatever it is given") {
  CHECK(Talk().say(MiningRole::Subscribe, MiningOutcome::Accepted).stage() == Stage::Contact);
  CHECK(Talk().log_in().stage() == Stage::Contact);
  CHECK(Talk().log_in().job().job(std::chrono::minutes(4)).stage() == Stage::Contact);
  // Anybody can send nonsense and be told so.
  CHECK(Talk().log_in().job().say(MiningRole::Submit, MiningOutcome::Refused).stage() == Stage::Contact);
}

TEST_CASE("work handed out for longer than a probe is a session") {
  CHECK(Talk().log_in().job().job(std::chrono::minutes(5)).stage() == Stage::Session);
  CHECK(Talk().log_in().job().job(std::chrono::minutes(6)).say(MiningRole::Submit, MiningOutcome::Refused).stage() == Stage::Work);
  // Not where the clock was corrected, and not where the log-in was refused.
  CHECK(Talk().log_in().job().job(std::chrono::minutes(5), true).stage() == Stage::Contact);
  CHECK(Talk().say(MiningRole::Authorise, MiningOutcome::Refused).job().job(std::chrono::minutes(9)).stage() == Stage::Contact);
}

TEST_CASE("an accepted share is proof of the service, whoever the client is") {
  CHECK(Talk().log_in().job().say(MiningRole::Submit, MiningOutcome::Accepted).stage() == Stage::Proof);
}

TEST_CASE("a log-in of a client of ours, or beside a session upstream, is a session at once") {
  Talk local, proxy;
  local.facts.client_is_local = true;
  proxy.facts.has_upstream = true;
  CHECK(local.log_in().stage() == Stage::Session);
  CHECK(proxy.log_in().job().stage() == Stage::Session);
}

TEST_CASE("a daemon's work without a log-in is no pool's") {
  MiningSeen work = message(MiningRole::GetWork, MiningOutcome::Accepted);
  work.has_login = false;
  ServedFacts facts;
  facts.client_is_local = true;
  note_served(facts, work, kStart, false);
  CHECK(served_stage(facts) == Stage::None);
  work.worker_in_url = true;
  note_served(facts, work, kStart, false);
  CHECK(served_stage(facts) == Stage::Session);
  work.solo = true;
  ServedFacts solo;
  note_served(solo, work, kStart, false);
  CHECK(served_stage(solo) == Stage::None);
}

TEST_CASE("every rung of a service has its sentence") {
  CHECK(served_reason(Talk().log_in().facts).find("stranger") != std::string::npos);
  CHECK(served_reason(Talk().log_in().job().say(MiningRole::Submit, MiningOutcome::Accepted).facts) == "a client's share was accepted");
  CHECK(served_reason(Talk().facts) == "nothing was concluded");
}

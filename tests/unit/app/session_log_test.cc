#include "scanner/app/session_log.h"

#include "tests/unit/app/sample_events.h"

#include <catch2/catch.hpp>

namespace scanner {
namespace {

Observation seen(MiningRole role, MiningOutcome outcome, int second = 0, std::uint64_t flow = 7) {
  Observation observation;
  observation.at = test::kNoon + std::chrono::seconds(second);
  observation.frame = static_cast<std::uint32_t>(second + 1);
  observation.flow = test::sample_flow(flow);
  MiningSeen mining;
  mining.role = role;
  mining.outcome = outcome;
  mining.dialect = "cryptonote";
  observation.what = mining;
  return observation;
}

TEST_CASE("a conversation's messages are marked in their order", "[app]") {
  SessionLog log;
  log.see(seen(MiningRole::Authorise, MiningOutcome::Asked, 0));
  log.see(seen(MiningRole::Authorise, MiningOutcome::Accepted, 1));
  log.see(seen(MiningRole::Job, MiningOutcome::Notified, 2));
  log.see(seen(MiningRole::Submit, MiningOutcome::Asked, 3));
  log.see(seen(MiningRole::Submit, MiningOutcome::Refused, 4));
  log.see(seen(MiningRole::KeepAlive, MiningOutcome::Asked, 9));
  const Session* session = log.find(7);
  REQUIRE(session != nullptr);
  CHECK(session->dialect == "cryptonote");
  CHECK(session->last == test::kNoon + std::chrono::seconds(9));
  std::vector<MarkKind> kinds;
  for (const SessionMark& mark : session->marks) kinds.push_back(mark.kind);
  CHECK(kinds == std::vector<MarkKind>{MarkKind::Login, MarkKind::LoginAccepted, MarkKind::Work, MarkKind::Share, MarkKind::ShareRefused});
  CHECK(session->marks[3].frame == 4);
  CHECK(log.find(8) == nullptr);
}

TEST_CASE("a long conversation is thinned out evenly and counted in full", "[app]") {
  SessionLog log;
  constexpr int kShares = 20000;
  for (int i = 0; i < kShares; ++i) log.see(seen(MiningRole::Submit, MiningOutcome::Accepted, i));
  const Session* session = log.find(7);
  REQUIRE(session != nullptr);
  CHECK(session->totals[static_cast<std::size_t>(MarkKind::ShareAccepted)] == kShares);
  CHECK(session->marks.size() <= SessionLog::kMaxMarks);
  CHECK(session->marks.size() > SessionLog::kMaxMarks / 4);
  // The marks are spread over the whole life and not crowded at its end.
  const auto half = std::count_if(session->marks.begin(), session->marks.end(), [](const SessionMark& mark) { return mark.at < test::kNoon + std::chrono::seconds(kShares / 2); });
  CHECK(half == Approx(static_cast<double>(session->marks.size()) / 2).margin(2));
}

TEST_CASE("conversations of the same two sides can be put together", "[app]") {
  SessionLog log;
  log.see(seen(MiningRole::Submit, MiningOutcome::Accepted, 9, 1));
  log.see(seen(MiningRole::Submit, MiningOutcome::Asked, 2, 2));
  log.see(seen(MiningRole::Submit, MiningOutcome::Accepted, 5, 2));
  const Session session = joined({log.find(1), log.find(2)});
  CHECK(session.connections == 2);
  CHECK(session.first == test::kNoon + std::chrono::seconds(2));
  CHECK(session.last == test::kNoon + std::chrono::seconds(9));
  CHECK(session.totals[static_cast<std::size_t>(MarkKind::ShareAccepted)] == 2);
  REQUIRE(session.marks.size() == 3);
  CHECK(session.marks[1].frame == 6);
}

TEST_CASE("conversations beyond the bound are dropped and counted", "[app]") {
  SessionLog log;
  for (std::uint64_t flow = 1; flow <= SessionLog::kMaxSessions + 3; ++flow) log.see(seen(MiningRole::Submit, MiningOutcome::Asked, 0, flow));
  CHECK(log.find(SessionLog::kMaxSessions) != nullptr);
  CHECK(log.find(SessionLog::kMaxSessions + 1) == nullptr);
  CHECK(log.dropped() == 3);
}

}  // namespace
}  // namespace scanner

// Conversations inside TLS, with their keys: the same claims as in the clear, and no secret told.
#include "scanner/io/capture_writer.h"
#include "tests/support/scenario_case.h"
#include "tests/support/temp_directory.h"
#include "tools/trafficgen/tls.h"
#include "places.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace scanner;
using namespace scanner::test;

namespace {

// No TLS, and its TCP conversations begin as much later as they would inside one.
trafficgen::Scenario plain_twin(trafficgen::Scenario scenario) {
  for (auto& conversation : scenario.conversations) {
    conversation.tls.reset();
    if (!conversation.udp) conversation.at += trafficgen::kTlsLead;
  }
  return scenario;
}

// Each of its TCP conversations in a TLS session, versions and suites in turn.
trafficgen::Scenario sealed_twin(trafficgen::Scenario scenario, std::size_t turn) {
  for (auto& conversation : scenario.conversations) {
    if (conversation.udp) continue;
    auto& tls = conversation.tls.emplace();
    tls.version = turn % 2 == 0 ? trafficgen::TlsVersion::V13 : trafficgen::TlsVersion::V12;
    tls.suite = static_cast<trafficgen::TlsSuite>(turn / 2 % 3);
    ++turn;
  }
  return scenario;
}

// What each incident came to, without the instants: records are longer than what they carry,
// so that a cut stream's last byte comes some microseconds later.
std::vector<std::string> essence(const EngineRun& run) {
  std::vector<std::string> all;
  for (const BreachEvent* event : run.book.incidents()) {
    std::string one = event->subject.id + " " + event->activity + " " + std::string(to_string(event->stage));
    for (const MiningSummary& mining : event->mining) {
      for (const std::string& text : {mining.coin, mining.algorithm, mining.pool, mining.worker_prefix, mining.agent}) one += " " + text;
      for (const std::uint64_t shares : {mining.submitted, mining.accepted, mining.rejected}) one += " " + std::to_string(shares);
    }
    all.push_back(std::move(one));
  }
  std::sort(all.begin(), all.end());
  return all;
}

EngineRun run_twin(const ScenarioCase& one, trafficgen::Scenario scenario) {
  ScenarioCase twin = one;
  twin.scenario = std::move(scenario);
  return run_case(twin);
}

}  // namespace

TEST_CASE("with its keys an encrypted conversation gives the claims of its plain twin", "[scenario]") {
  std::size_t turn = 0, sealed = 0, claims = 0;
  for (const ScenarioCase& one : scenario_cases()) {
    // Where part of the traffic is missing, records cannot be as whole as lines are.
    const auto whole = [](const trafficgen::Conversation& conversation) {
      const auto& network = conversation.network;
      return network.capture_loss == 0 && network.visible == trafficgen::Visible::Both && network.starts_late == Duration{} &&
             !network.retransmit_other_bytes && conversation.opening == trafficgen::Opening::Accepted;
    };
    const auto& conversations = one.scenario.conversations;
    if (one.scenario.snaplen != 0 || !std::all_of(conversations.begin(), conversations.end(), whole)) continue;
    INFO(one.name);
    const EngineRun plain = run_twin(one, plain_twin(one.scenario)), secret = run_twin(one, sealed_twin(one.scenario, turn++));
    CHECK(essence(secret) == essence(plain));
    CHECK(secret.coverage.tls.opened == secret.coverage.tls.with_keys);
    ++sealed;
    claims += plain.claims.size();
  }
  CHECK(sealed > 30);
  CHECK(claims > 30);
}

TEST_CASE("secrets in the capture serve like a key log, from where they stand on", "[scenario]") {
  const auto& cases = scenario_cases();
  const auto one = std::find_if(cases.begin(), cases.end(), [](const ScenarioCase& c) { return c.name == "mining.pool/tls13-proof"; });
  REQUIRE(one != cases.end());
  const auto packets = trafficgen::generate(one->scenario);
  const std::string secrets = trafficgen::key_log(one->scenario);
  const TempDirectory directory;
  const auto run_with_secrets_before = [&](std::size_t place) {
    const std::string path = directory.file("at-" + std::to_string(place) + ".pcapng");
    auto writer = CaptureWriter::create(path);
    REQUIRE(writer);
    const auto views = trafficgen::views(packets);
    for (std::size_t i = 0; i < views.size(); ++i) {
      if (i == place) writer->encoder().add_secrets(secrets);
      REQUIRE(writer->write(views[i]));
    }
    REQUIRE(writer->close());
    return run_captures({path});
  };
  CHECK(run_with_secrets_before(0).claims == run_case(*one).claims);
  const EngineRun late = run_with_secrets_before(packets.size() - 1);
  CHECK(late.claims.empty());
  CHECK(late.coverage.tls.with_keys == 0);
  CHECK(late.coverage.tls_sessions_known == 1);
}

TEST_CASE("no event of any scenario tells a TLS secret", "[scenario]") {
  std::size_t secrets = 0;
  for (const ScenarioCase& one : scenario_cases()) {
    std::string log = trafficgen::key_log(one.scenario);
    const EngineRun run = log.empty() ? EngineRun{} : run_case(one);
    for (std::size_t at = 0; (at = log.find('\n', at)) != std::string::npos; ++at) {
      const std::string secret = log.substr(at - 64, 64);
      for (const std::string& event : run.events) CHECK(event.find(secret) == std::string::npos);
      secrets += run.events.size();
    }
  }
  CHECK(secrets > 0);
}

// Every case of tests/scenario: generated, replayed, compared with what it expects.
#include "tests/support/scenario_case.h"

#include <catch2/catch.hpp>

using namespace scanner;
using namespace scanner::test;

TEST_CASE("every scenario gives the claims that it expects, and no others", "[scenario]") {
  for (const ScenarioCase& one : scenario_cases()) {
    DYNAMIC_SECTION(one.name) {
      const auto packets = trafficgen::generate(one.scenario);
      REQUIRE_FALSE(packets.empty());
      RunOptions options;
      options.local = one.expectation.local;
      const EngineRun run = run_packets(trafficgen::views(packets), options);
      const std::string said = differences(one.expectation, run);
      INFO(said);
      CHECK(said.empty());
    }
  }
}

TEST_CASE("no event of any scenario tells a wallet or a password", "[scenario]") {
  std::size_t wallets = 0;
  for (const ScenarioCase& one : scenario_cases()) {
    const auto packets = trafficgen::generate(one.scenario);
    const EngineRun run = run_packets(trafficgen::views(packets));
    for (const auto& conversation : one.scenario.conversations) {
      const std::string& wallet = conversation.miner.wallet;
      const std::string& password = conversation.miner.password;
      INFO(one.name);
      for (const std::string& event : run.events) {
        if (wallet.size() > 16) CHECK(event.find(wallet) == std::string::npos);
        if (password.size() > 4) CHECK(event.find(password) == std::string::npos);
      }
      if (wallet.size() > 16) ++wallets;
    }
  }
  CHECK(wallets > 20);
}

TEST_CASE("the same scenario and seed give the same bytes, another seed gives others", "[scenario]") {
  const auto& cases = scenario_cases();
  REQUIRE_FALSE(cases.empty());
  trafficgen::Scenario scenario = cases.front().scenario;
  const auto first = trafficgen::generate(scenario), again = trafficgen::generate(scenario);
  ++scenario.seed;
  const auto others = trafficgen::generate(scenario);
  REQUIRE(first.size() == again.size());
  bool differ = others.size() != first.size();
  for (std::size_t i = 0; i < first.size(); ++i) {
    CHECK(first[i].data == again[i].data);
    CHECK(first[i].at == again[i].at);
    differ = differ || first[i].data != others[i].data;
  }
  CHECK(differ);
}

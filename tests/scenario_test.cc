// Every case of tests/scenario: generated, replayed, compared with what it expects.
#include "scanner/engine/format/event_format.h"
#include "scanner/io/text_file.h"
#include "tests/support/format_check.h"
#include "tests/support/scenario_case.h"
#include "places.h"

#include <catch2/catch.hpp>

using namespace scanner;
using namespace scanner::test;

TEST_CASE("every scenario gives the claims that it expects, and no others", "[scenario]") {
  for (const ScenarioCase& one : scenario_cases()) {
    DYNAMIC_SECTION(one.name) {
      const std::string said = differences(one, run_case(one));
      INFO(said);
      CHECK(said.empty());
    }
  }
}

TEST_CASE("every event of every scenario keeps the rules of every format, and tells no wallet and no password", "[scenario]") {
  std::size_t wallets = 0;
  for (const ScenarioCase& one : scenario_cases()) {
    const EngineRun run = run_case(one);
    std::vector<std::string> texts = run.events;
    for (const EventFormatEntry& format : event_formats()) {
      texts.push_back(written(format.name, run.records, {"urn:aupscan:test", "0.0.0", "", {"made-up.pcapng"}}));
      INFO(one.name << " as " << format.name);
      CHECK(format_errors(format.name, texts.back()) == "");
    }
    for (const auto& conversation : one.scenario.conversations) {
      const std::string& wallet = conversation.miner.wallet;
      const std::string& password = conversation.miner.password;
      INFO(one.name);
      for (const std::string& text : texts) {
        if (wallet.size() > 16) CHECK(text.find(wallet) == std::string::npos);
        if (password.size() > 4) CHECK(text.find(password) == std::string::npos);
      }
      if (wallet.size() > 16) ++wallets;
    }
  }
  CHECK(wallets > 20);
}

TEST_CASE("a dialect that only a file describes reaches proof", "[scenario]") {
  const auto read = [](const std::string& file) {
    Diagnostics diagnostics;
    const auto text = read_text_file(file);
    REQUIRE(text);
    auto scenario = trafficgen::read_scenario(file, *text, diagnostics);
    for (const Diagnostic& diagnostic : diagnostics) UNSCOPED_INFO(to_text(diagnostic));
    REQUIRE(scenario);
    return *scenario;
  };
  const std::string folder = AUPSCAN_SOURCE_DIR "/tests/scenario/made-up-dialect/";
  const auto packets = trafficgen::generate(read(folder + "traffic.yaml"));
  CHECK(run_packets(trafficgen::views(packets)).events.empty());

  const Rules rules = shipped_rules_and(folder + "quarry.yaml");
  RunOptions options;
  options.rules = &rules;
  const EngineRun run = run_packets(trafficgen::views(packets), options);
  const auto incidents = run.book.incidents();
  REQUIRE(incidents.size() == 1);
  CHECK(incidents[0]->activity == "mining.pool");
  CHECK(incidents[0]->type == EventType::Breach);
  CHECK(incidents[0]->stage == Stage::Proof);
  REQUIRE(incidents[0]->mining.size() == 1);
  CHECK(incidents[0]->mining[0].accepted == 2);
  CHECK(incidents[0]->mining[0].rejected == 1);
}

TEST_CASE("packets that swapped keep the rate from nobody, a clock that runs backwards keeps it from all", "[scenario]") {
  const auto& cases = scenario_cases();
  const auto mining = std::find_if(cases.begin(), cases.end(), [](const auto& one) { return one.name == "mining.pool/bitcoin-proof"; });
  REQUIRE(mining != cases.end());
  const auto packets = trafficgen::generate(mining->scenario);
  const auto rate_withheld = [&](Duration back) {
    std::vector<Packet> views = trafficgen::views(packets);
    for (std::size_t i = 1; i < views.size(); i += 2) views[i].at = views[i - 1].at - back;
    const EngineRun run = run_packets(views);
    REQUIRE_FALSE(run.events.empty());
    return run.events.back().find("timestamps ran backwards or jumped") != std::string::npos;
  };
  CHECK_FALSE(rate_withheld(std::chrono::milliseconds(1)));
  CHECK(rate_withheld(std::chrono::seconds(2)));
}

TEST_CASE("who found no room in a full detector is counted in the coverage", "[scenario][abuse]") {
  const auto& cases = scenario_cases();
  const auto crowd = std::find_if(cases.begin(), cases.end(), [](const auto& one) { return one.name == "abuse.flood/forged-sources"; });
  REQUIRE(crowd != cases.end());
  CHECK(run_case(*crowd).coverage.subjects_refused > 0);
}

TEST_CASE("the same scenario and seed give the same bytes, another seed gives others", "[scenario]") {
  const auto& cases = scenario_cases();
  const auto mining = std::find_if(cases.begin(), cases.end(), [](const auto& one) { return one.name == "mining.pool/bitcoin-proof"; });
  REQUIRE(mining != cases.end());
  trafficgen::Scenario scenario = mining->scenario;
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

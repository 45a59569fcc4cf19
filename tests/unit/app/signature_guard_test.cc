// The guard against signatures that hold too often, in the whole engine.
#include "scanner/io/rule_files.h"
#include "tests/support/engine_run.h"
#include "tests/support/miner_source.h"
#include "tests/support/temp_directory.h"
#include "places.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>

using namespace scanner;

namespace {

// CryptoNote's dialect, and a signature that holds on each of its log-ins.
test::Rules login_rules(const std::string& status = "active") {
  const test::TempDirectory directory;
  std::filesystem::create_directories(directory.file("pack/dialects"));
  std::filesystem::create_directories(directory.file("pack/mining.pool"));
  std::filesystem::copy_file(AUPSCAN_SOURCE_DIR "/signatures/dialects/cryptonote.yaml", directory.file("pack/dialects/cryptonote.yaml"));
  std::ofstream(directory.file("pack/mining.pool/login.yaml"))
      << "id: mining.pool.login\ntitle: Made up\nactivity: mining.pool\nfield: stream.client\nstage: contact\nweight: 0.3\nstatus: " << status
      << "\nowner: tests\nrevision: 1\npatterns: {word: {literal: '\"login\"'}}\ncondition: word\nreferences: [https://example.org/]\nknown_false_positives: [none seen]\n"
         "examples: {match: ['\"login\"'], no_match: [said]}\n";
  Diagnostics diagnostics;
  const auto ruleset = load_rules(directory.file("pack"), diagnostics);
  REQUIRE(ruleset);
  return {make_hyperscan_matcher(*ruleset).value(), load_declaration_file(AUPSCAN_SOURCE_DIR "/config/declaration.yaml", diagnostics).value()};
}

test::EngineRun run_miners(const test::Rules& rules, std::uint64_t hits_per_minute, std::size_t workers, std::size_t batch, std::uint32_t count = 40) {
  test::MinerSource::Options options;
  options.count = count;
  options.batch = batch;
  test::MinerSource source(options);
  test::RunOptions run;
  run.rules = &rules;
  run.workers = workers;
  run.hits_per_minute = hits_per_minute;
  return test::run_source(source, run);
}

std::size_t findings_of(const test::EngineRun& run, const std::string& source) {
  std::set<std::string> keys;
  for (const BreachEvent& event : run.records)
    for (const Finding& finding : event.findings)
      if (finding.source == source) keys.insert(event.incident);
  return keys.size();
}

}  // namespace

TEST_CASE("the guard suspends at the same hit with any number of threads and however packets are batched", "[engine][guard]") {
  const test::Rules rules = login_rules();
  const test::EngineRun one = run_miners(rules, 5, 1, 1);
  REQUIRE(one.signatures.size() == 1);
  CHECK(one.signatures[0].hits == 40);
  CHECK(one.signatures[0].held_back == 35);
  CHECK(one.signatures[0].findings == 5);
  CHECK(one.signatures[0].suspended);
  CHECK(findings_of(one, "mining.pool.login") == 5);
  for (const std::size_t workers : {1U, 3U})
    for (const std::size_t batch : {1U, 7U, 1000U}) {
      INFO(workers << " workers, batches of " << batch);
      const test::EngineRun run = run_miners(rules, 5, workers, batch);
      CHECK(run.claims == one.claims);
      CHECK(run.signatures[0].hits == 40);
      CHECK(run.signatures[0].held_back == 35);
    }
}

TEST_CASE("a suspended signature costs no breach: parsers go on, and every miner is proven", "[engine][guard]") {
  const test::Rules rules = login_rules();
  const test::EngineRun guarded = run_miners(rules, 1, 1, 7), unguarded = run_miners(rules, 0, 1, 7);
  const auto proven = [](const test::EngineRun& run) {
    std::set<std::string> subjects;
    for (const BreachEvent& event : run.records)
      if (event.type == EventType::Breach && event.stage == Stage::Proof) subjects.insert(event.subject.id);
    return subjects;
  };
  CHECK(proven(guarded).size() == 40);
  CHECK(proven(guarded) == proven(unguarded));
  CHECK_FALSE(unguarded.signatures[0].suspended);
  CHECK(unguarded.signatures[0].findings == 40);
}

TEST_CASE("a signature in shadow is counted and guarded like one that counts", "[engine][guard]") {
  const test::EngineRun run = run_miners(login_rules("shadow"), 5, 1, 7);
  CHECK(run.signatures[0].status == SignatureStatus::Shadow);
  CHECK(run.signatures[0].hits == 40);
  CHECK(run.signatures[0].findings == 0);
  CHECK(run.signatures[0].held_back == 35);
}

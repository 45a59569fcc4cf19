#include "tools/aupsig/coverage.h"

#include "tests/support/capture_changes.h"
#include "tests/support/scenario_case.h"
#include "tests/unit/aupsig/pack_copy.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <nlohmann/json.hpp>

using namespace scanner;
using namespace scanner::test;

namespace {

CoverageResult run(const std::string& pack, const std::vector<std::string>& corpus = {}) {
  CoverageOptions options;
  options.pack = pack;
  options.corpus = corpus;
  options.cases = AUPSCAN_SOURCE_DIR "/tests/scenario";
  options.rules.declaration = AUPSCAN_SOURCE_DIR "/config/declaration.yaml";
  options.rules.panel = AUPSCAN_SOURCE_DIR "/config/panel.yaml";
  options.quiet = true;
  auto result = compute_coverage(options);
  REQUIRE(result);
  return std::move(*result);
}

const ActivityCoverage& activity(const CoverageResult& result, const std::string& name) {
  const auto found = std::find_if(result.activities.begin(), result.activities.end(), [&](const ActivityCoverage& one) { return one.activity == name; });
  REQUIRE(found != result.activities.end());
  return *found;
}

const SignatureCoverage& signature(const CoverageResult& result, const std::string& id) {
  const auto found = std::find_if(result.signatures.begin(), result.signatures.end(), [&](const SignatureCoverage& one) { return one.signature->id == id; });
  REQUIRE(found != result.signatures.end());
  return *found;
}

bool has(const std::vector<std::string>& flags, const std::string& flag) { return std::find(flags.begin(), flags.end(), flag) != flags.end(); }

}  // namespace

TEST_CASE("every activity of the declaration is told with what covers it, and holes are flagged", "[aupsig][coverage]") {
  const CoverageResult result = run(AUPSCAN_SOURCE_DIR "/signatures");
  const ActivityCoverage& pool = activity(result, "mining.pool");
  CHECK(pool.clause == "9.1");
  CHECK(pool.item == "4-1");
  CHECK(pool.dialects.size() >= 10);
  CHECK(pool.active >= 3);
  CHECK(pool.cases >= 50);
  CHECK(pool.flags.empty());
  CHECK(has(activity(result, "abuse.scan").flags, "no signature, no dialect"));
  CHECK_FALSE(has(activity(result, "abuse.scan").flags, "no test case"));
  CHECK(has(activity(result, "abuse.relay").flags, "no test case"));
  CHECK(std::all_of(result.activities.begin(), result.activities.end(), [](const ActivityCoverage& one) { return one.declared; }));
  const auto compute = std::find_if(result.techniques.begin(), result.techniques.end(), [](const TechniqueCoverage& one) { return one.id == "T1496.001"; });
  REQUIRE(compute != result.techniques.end());
  CHECK(compute->active);
  CHECK(compute->by_activity.contains("mining.software"));
}

TEST_CASE("an activity that has experimental signatures alone is a hole", "[aupsig][coverage]") {
  const PackCopy copy;
  copy.replace("pool.operation/program-name.yaml", "status: active", "status: experimental");
  const PackCopy original;
  const CoverageResult result = run(copy.path());
  CHECK(has(activity(result, "pool.operation").flags, "only experimental"));
  CHECK_FALSE(has(activity(run(original.path()), "pool.operation").flags, "only experimental"));
  CHECK(has(signature(result, "pool.operation.program-name").flags, "experimental"));
}

TEST_CASE("a corpus tells what fires and what never does", "[aupsig][coverage]") {
  const TempDirectory directory;
  const auto& all = scenario_cases();
  const auto mined = std::find_if(all.begin(), all.end(), [](const ScenarioCase& one) { return one.name == "mining.pool/bitcoin-proof"; });
  write_packets(directory.file("mined.pcapng"), trafficgen::generate(mined->scenario));
  const CoverageResult result = run(AUPSCAN_SOURCE_DIR "/signatures", {directory.file("mined.pcapng")});
  CHECK(result.ran);
  CHECK(signature(result, "mining.pool.stratum-opening").hits == 1);
  CHECK_FALSE(has(signature(result, "mining.pool.stratum-opening").flags, "never fired"));
  CHECK(has(signature(result, "mining.pool.cryptonote-login").flags, "never fired"));
  CHECK(activity(result, "mining.pool").concluded == 1);
  CHECK_FALSE(has(activity(result, "mining.pool").flags, "never concluded"));
  CHECK(has(activity(result, "mining.web").flags, "never concluded"));
}

TEST_CASE("the picture has a cell for every activity and technique, and the JSON every hole", "[aupsig][coverage]") {
  const CoverageResult result = run(AUPSCAN_SOURCE_DIR "/signatures");
  const std::string svg = coverage_picture(result, false);
  CHECK(svg.starts_with("<?xml"));
  std::size_t cells = 0;
  for (std::size_t at = svg.find("<rect"); at != std::string::npos; at = svg.find("<rect", at + 1)) ++cells;
  CHECK(cells >= result.activities.size() * (result.techniques.size() + 1));
  CHECK(svg.find("T1496.001 × mining.pool: mining.pool.") != std::string::npos);
  const std::string page = coverage_picture(result, true);
  CHECK(page.starts_with("<!DOCTYPE html>"));
  CHECK(page.find("<svg") < page.find("Clauses and activities"));
  const auto json = nlohmann::json::parse(coverage_json(result));
  std::size_t holes = 0;
  for (const auto& one : json["activities"]) holes += one["flags"].size();
  CHECK(holes == result.holes());
}

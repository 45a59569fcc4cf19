// A case of tests/scenario: a scenario, what the engine must make of it, and why.
#pragma once

#include "scanner/model/address.h"
#include "tests/support/engine_run.h"
#include "tools/trafficgen/generate.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace scanner::test {

// What the last events of a subject's incidents of one activity must say. Absent: no matter.
struct ExpectedClaim {
  std::string subject, activity, type, stage;
  std::optional<std::string> coin, algorithm, pool;
  std::optional<std::int64_t> incidents;
  std::map<std::string, std::int64_t> counts;  // "sessions" → 1; summed over incidents
  std::map<std::string, std::int64_t> shares;  // "accepted" → 5; summed likewise
  std::optional<double> hashrate_from, hashrate_to;
  std::vector<std::string> text;  // each stands somewhere in the claim
};

struct Expectation {
  std::vector<ExpectedClaim> claims;  // all there are: any other subject or activity fails
  std::vector<Cidr> local;
  std::optional<std::int64_t> undecoded;  // packets
};

struct ScenarioCase {
  std::string name;  // "mining.pool/cryptonote-proof"
  trafficgen::Scenario scenario;
  Expectation expectation;
};

// All cases below tests/scenario, by name. Throws with every diagnostic where one cannot be read.
const std::vector<ScenarioCase>& scenario_cases();

// How a run differs from what was expected: one sentence a line; empty: it does not.
std::string differences(const Expectation& expectation, const EngineRun& run);

}  // namespace scanner::test

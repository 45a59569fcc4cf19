// A case of tests/scenario: traffic, what the engine must make of it, and why.
#pragma once

#include "scanner/app/expectation.h"
#include "tests/support/engine_run.h"
#include "tools/trafficgen/generate.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace scanner::test {

// checks.yaml: what the outline cannot say. Absent: no matter.
struct Checks {
  std::vector<Cidr> local;                           // run with --local
  std::uint64_t undecoded = 0;                       // packets
  std::optional<double> hashrate_from, hashrate_to;  // of all incidents together
  std::vector<std::string> text;                     // each stands in some event
};

struct ScenarioCase {
  std::string name;  // "mining.pool/cryptonote-proof"
  trafficgen::Scenario scenario;
  std::string recording;              // path of the host's half, or empty
  std::vector<Attributed> tenants;    // tenants.yaml
  std::vector<OutlineEntry> outline;  // expect.yaml: the incidents, all of them
  Checks checks;
};

// All cases below tests/scenario, by name. Throws with every diagnostic where one cannot be read.
const std::vector<ScenarioCase>& scenario_cases();

// Generates the traffic and runs it, with the recording where there is one.
EngineRun run_case(const ScenarioCase& one);

// How a run differs from what was expected: one sentence a line; empty: it does not.
std::string differences(const ScenarioCase& one, const EngineRun& run);

}  // namespace scanner::test

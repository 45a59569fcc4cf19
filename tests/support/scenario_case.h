// A case of tests/scenario: traffic, what the engine must make of it, and why.
#pragma once

#include "scanner/app/case_checks.h"
#include "scanner/app/expectation.h"
#include "tests/support/engine_run.h"
#include "tools/trafficgen/generate.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace scanner::test {

struct ScenarioCase {
  std::string name;  // "mining.pool/cryptonote-proof"
  trafficgen::Scenario scenario;
  std::string recording;              // path of the host's half, or empty
  std::vector<Attributed> tenants;    // tenants.yaml
  std::shared_ptr<const Exceptions> permissions;  // permissions.yaml; null: none
  std::vector<OutlineEntry> outline;  // expect.yaml: the incidents, all of them
  CaseChecks checks;
};

// All cases below tests/scenario, by name. Throws with every diagnostic where one cannot be read.
const std::vector<ScenarioCase>& scenario_cases();

// Generates the traffic and runs it, with the recording where there is one.
EngineRun run_case(const ScenarioCase& one);

// How a run differs from what was expected: one sentence a line; empty: it does not.
std::string differences(const ScenarioCase& one, const EngineRun& run);

}  // namespace scanner::test

// What a judging command needs before it can begin: rules, declaration, configuration.
#pragma once

#include "scanner/app/agent_packs.h"
#include "scanner/app/config.h"
#include "scanner/app/options.h"
#include "scanner/policy/declaration.h"
#include "scanner/policy/exceptions.h"
#include "scanner/policy/panel.h"
#include "scanner/policy/tenants.h"
#include "scanner/signature/matcher.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace scanner {

struct Setup {
  std::shared_ptr<const Matcher> matcher;
  std::shared_ptr<const Declaration> declaration;
  std::shared_ptr<const Panel> panel;
  std::shared_ptr<const Tenants> tenants;  // never null
  std::shared_ptr<const Exceptions> exceptions;  // never null
  Config config;
  std::optional<PackInForce> pack;  // nothing: the rules came from a directory
};

// Loads and compiles. What is wrong is said on standard error, all of it; then nothing.
std::optional<Setup> set_up(const RuleOptions& options);

// The same for one who says it elsewhere. `setup` is there or `problems` has an error: the
// lines of set_up, without line ends.
struct SetupAttempt {
  std::optional<Setup> setup;
  std::vector<std::string> problems;
  std::string pack_refused;  // why the current pack is; "": it is not
};
// `cache`: of compiled signatures; "": none. `known`: used again where its signatures are the
// same ones; may be null. Where it is given something runs already: then a pack that is refused is a
// problem, and else the last good one is taken, with a problem told beside the setup.
SetupAttempt try_set_up(const RuleOptions& options, const std::string& cache, const std::shared_ptr<const Matcher>& known);

// What an engine judges by: limits, local ranges, panel, and the names of all that in its
// events. Tenants are added by whoever does not feed them as records.
EngineOptions judging_options(const Setup& setup);

// A file that comes with the program: `relative` ("signatures", "config/declaration.yaml")
// below the installed data directory, or below the checkout that the program was built in.
std::string shipped(const std::string& relative);

}  // namespace scanner

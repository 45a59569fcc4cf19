// What a judging command needs before it can begin: rules, declaration, configuration.
#pragma once

#include "scanner/app/config.h"
#include "scanner/app/options.h"
#include "scanner/policy/declaration.h"
#include "scanner/signature/matcher.h"

#include <memory>
#include <optional>

namespace scanner {

struct Setup {
  std::shared_ptr<const Matcher> matcher;
  std::shared_ptr<const Declaration> declaration;
  Config config;
};

// Loads and compiles. What is wrong is said on standard error, all of it; then nothing.
std::optional<Setup> set_up(const RuleOptions& options);

// A file that comes with the program: `relative` ("signatures", "config/declaration.yaml")
// below the installed data directory, or below the checkout that the program was built in.
std::string shipped(const std::string& relative);

}  // namespace scanner

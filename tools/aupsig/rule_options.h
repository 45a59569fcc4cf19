// The options that name rules, declaration and configuration: equal for every command that judges.
#pragma once

#include "scanner/app/options.h"

namespace CLI {
class App;
}

namespace scanner {

void add_rule_options(CLI::App& command, RuleOptions& rules);

}  // namespace scanner

#include "tools/aupsig/rule_options.h"

#include <CLI/CLI.hpp>

namespace scanner {

void add_rule_options(CLI::App& command, RuleOptions& rules) {
  command.add_option("--signatures", rules.signatures, "Directory of signatures, dialects and data sets, or a bundle; else what comes with the program");
  command.add_option("--declaration", rules.declaration, "File of the declaration");
  command.add_option("--config", rules.config, "File of the configuration (limits, local addresses)");
}

}  // namespace scanner

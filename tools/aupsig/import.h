// Foreign rules and lists, brought into our form: signatures with proven examples, data sets.
#pragma once

#include "tools/aupsig/command.h"
#include "tools/aupsig/translate/rule_origin.h"

#include <string>
#include <vector>

namespace scanner {

struct RuleImportOptions {
  std::string format;              // "suricata" or "sigma"
  std::vector<std::string> files;  // "-": standard input
  std::string output;              // directory; made where it is missing
  ImportSettings settings;
  bool force = false;              // files that are there are written over
  bool dry_run = false;            // nothing is written
  bool json = false;               // the report
};

// Done; Partial where a rule was refused or a file could not be read; Usage where nothing could
// be, where nothing could be written, or where no rule was translated.
ExitCode import_rules(const RuleImportOptions& options);

}  // namespace scanner

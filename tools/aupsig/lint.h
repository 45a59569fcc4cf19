// Everything that is wrong or doubtful in a pack, told at once.
#pragma once

#include "scanner/app/options.h"

#include <string>

namespace scanner {

struct LintOptions {
  std::string pack;            // directory of signatures; "": the one that comes with the program
  bool deny_warnings = false;  // warnings count as problems
};

// Done; Found where there are problems; Usage where the directory cannot be read.
ExitCode lint(const LintOptions& options);

}  // namespace scanner

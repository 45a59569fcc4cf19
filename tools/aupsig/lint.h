// Everything that is wrong or doubtful in a pack, told at once.
#pragma once

#include "scanner/app/options.h"

#include <iosfwd>
#include <string>
#include <vector>

namespace scanner {

enum class LintFormat { Text, Json, Sarif };

struct LintOptions {
  std::string pack;            // directory of signatures, or a bundle; "": the one that comes with the program
  bool deny_warnings = false;  // warnings count as problems
  LintFormat format = LintFormat::Text;
  std::vector<std::string> baseline = {};  // files and directories; empty: baseline/ of the pack, where there is one
  std::vector<std::string> exceptions = {};  // files; a bundle's own are looked at anyway
  std::string today = {};  // the day that ages are counted to; "": what the clock says
  bool rules = false;      // list what there is to find, and look at nothing
};

// Writes to `out`; what keeps it from looking goes to standard error. Done; Found where there
// are problems; Usage where the directory or a baseline cannot be read.
ExitCode lint(const LintOptions& options, std::ostream& out);

}  // namespace scanner

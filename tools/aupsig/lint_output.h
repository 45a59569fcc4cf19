// What lint found, as a person reads it and as programs do.
#pragma once

#include "tools/aupsig/lint_pack.h"

#include <string>

namespace scanner {

// Each problem with its line, caret and hint; one line of summary at the end.
std::string lint_text(const LintResult& result);
// One object: "problems", "suppressed" and "summary". Lines and columns count from 1, columns
// in bytes; both are null for a file as a whole.
std::string lint_json(const LintResult& result);
// SARIF 2.1.0, one run; what comments allow is a result with a suppression in its source.
// Columns count code points. `version`: of the program.
std::string lint_sarif(const LintResult& result, const std::string& version);

}  // namespace scanner

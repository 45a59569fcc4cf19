// Everything that is wrong or doubtful in a pack, from its texts alone: no file is read here
// and no clock, so that equal texts give equal answers.
//
// Bounds: what the readers bound (yaml.h, dataset.h, load.h); patterns are compiled only where
// expression.h calls them small enough; each example is searched once, the baseline once.
#pragma once

#include "scanner/model/result.h"
#include "tools/aupsig/baseline.h"
#include "tools/aupsig/suppressions.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace scanner {

struct LintInput {
  std::span<const PackFile> files;
  std::span<const PackFile> baseline;  // of benign texts; may be empty
  std::string today;                   // "2026-11-30"; "": nothing is told to have expired
  std::span<const PackFile> exceptions = {};  // of what is permitted all the same
};

struct LintResult {
  Diagnostics problems;                 // in the order of file, line and column
  std::vector<Suppressed> suppressed;   // likewise
  std::size_t signatures = 0, dialects = 0, datasets = 0;  // that could be read
  std::size_t benign_texts = 0;
};

// An Error: this machine cannot compile patterns at all.
Result<LintResult> lint_pack(const LintInput& input);

}  // namespace scanner

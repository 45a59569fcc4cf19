// The patterns' language as Hyperscan takes it, and what is wrong with a pattern.
#pragma once

#include "scanner/signature/signature.h"

#include <optional>
#include <string>

namespace scanner {

// A regex of the same meaning: literals are escaped byte by byte.
std::string as_regex(const Pattern& pattern);

struct ExpressionProblem {
  std::string code;  // of the diagnostic
  std::string message, hint;
};

// Nothing where the pattern can be used in such a field. Refused: what Hyperscan cannot
// read, what matches an empty text, and in streams what depends on the text's end, which
// is never known there.
std::optional<ExpressionProblem> check_expression(const Pattern& pattern, bool stream);

}  // namespace scanner

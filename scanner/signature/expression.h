// The patterns' language as Hyperscan takes it, and what is wrong with a pattern.
#pragma once

#include "scanner/signature/signature.h"

#include <optional>
#include <string>

namespace scanner {

// A regex of the same meaning: literals are escaped byte by byte.
std::string as_regex(const Pattern& pattern);

// States and steps (pattern_shape.h) that a pattern may have, and all patterns of a signature
// together: what Hyperscan compiles in seconds on a slow machine.
inline constexpr std::size_t kMaxPatternEdges = 8'000;
inline constexpr std::size_t kMaxSignatureEdges = 16'000;

struct ExpressionProblem {
  std::string code;  // of the diagnostic
  std::string message, hint;
};

// Nothing where the pattern can be used in such a field. Refused: what Hyperscan cannot
// read, what matches an empty text, and in streams what depends on the text's end, which
// is never known there, and what would take too long to compile.
std::optional<ExpressionProblem> check_expression(const Pattern& pattern, bool stream);

}  // namespace scanner

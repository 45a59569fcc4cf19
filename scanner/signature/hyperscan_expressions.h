// What signatures ask of Hyperscan: the expressions of one field, each once. Private to the
// matcher and to what tells its cost, so that both speak of the same thing.
#pragma once

#include "scanner/signature/signature.h"

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace scanner {

struct PatternRef {
  std::uint32_t signature, pattern;
  friend auto operator<=>(const PatternRef&, const PatternRef&) = default;
};

// One regex as Hyperscan gets it, and all the patterns that are this regex.
struct Expression {
  std::string regex;
  unsigned flags = 0;
  std::vector<PatternRef> users;  // PatternRef::signature is the index in what was handed over
};

// Of the signatures that are searched. The order does not depend on that of the signatures'
// files, so that equal rulesets give equal databases.
std::vector<Expression> expressions_of(const std::vector<const Signature*>& signatures, Field field);

// A pattern is told to stop after its first match, unless its matches may come out of order
// and the first told need not be the first in the text.
unsigned flags_for(const Expression& expression);

}  // namespace scanner

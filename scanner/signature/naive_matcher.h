// The matcher that is slow and plainly right: every pattern on its own, literals by
// comparison, regexes by PCRE2's DFA search from every start. The oracle of the tests; it is
// a library of its own (scanner_oracle), so that the scanner does not depend on PCRE2.
#pragma once

#include "scanner/signature/matcher.h"

#include <memory>

namespace scanner {

// Null where PCRE2 refuses a regex that the ruleset holds. Streams are kept whole in memory.
std::unique_ptr<Matcher> make_naive_matcher(std::shared_ptr<const Ruleset> ruleset);

}  // namespace scanner

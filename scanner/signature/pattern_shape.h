// What a pattern's text tells of it before anything is compiled: how large it gets when its
// counted repeats are written out, whether it is anchored, which bytes every match holds.
//
// A reader of our own, since Hyperscan tells none of it and takes its time where a pattern
// is large. Pure; time and memory are linear in the pattern, which may be any bytes.
#pragma once

#include "scanner/signature/signature.h"

#include <cstddef>
#include <string>
#include <vector>

namespace scanner {

struct PatternShape {
  // False where the regex is malformed, or nested deeper than kMaxNesting. Then only `states`
  // and `edges` are told, and they are upper bounds.
  bool understood = true;
  bool anchored = false;      // every match begins where the text begins
  std::size_t min_width = 0;  // bytes of the shortest match
  std::size_t states = 0;     // positions with counted repeats written out; at most kMost
  std::size_t edges = 0;      // steps between them: what the compiler works on; at most kMost
  std::size_t required = 0;   // bytes of the longest text that every match holds a text of that length of
  std::vector<std::string> literals;  // runs of at least 3 given bytes, lower-case, each once

  static constexpr std::size_t kMost = 1'000'000'000;
  static constexpr int kMaxNesting = 100;
};

PatternShape shape_of(const Pattern& pattern);

}  // namespace scanner

#include "scanner/model/pattern.h"

namespace scanner {

bool matches_pattern(std::string_view pattern, std::string_view text, Star kind) {
  // Where the last '*' may still take one character more: no other way back is needed.
  std::size_t p = 0, t = 0, star = std::string_view::npos, taken = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos && (kind == Star::Any || text[taken] != '/')) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace scanner

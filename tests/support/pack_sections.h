// A whole pack in one text, for golden files and for the fuzzer: each file begins with a line
// "=== PLACE", where PLACE is its path below the pack's directory.
#pragma once

#include "scanner/signature/pack_text.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace scanner::test {

struct PackSections {
  std::vector<PackFile> files, baseline;  // what lies in baseline/ is not of the pack
  std::vector<PackFile> exceptions;       // exceptions.yaml
};

// At most `most` files; what stands before the first of them is passed over.
inline PackSections split_pack(std::string_view text, std::size_t most = 1000) {
  PackSections sections;
  std::string* body = nullptr;
  std::size_t count = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, std::min(end + 1, text.size()));
    text.remove_prefix(line.size());
    if (line.starts_with("=== ") && count < most) {
      const std::string place(line.substr(4, line.find('\n') == std::string_view::npos ? line.size() - 4 : line.size() - 5));
      auto& list = place.starts_with("baseline/") ? sections.baseline : place == "exceptions.yaml" ? sections.exceptions : sections.files;
      list.push_back({place, place, ""});
      body = &list.back().text;
      ++count;
    } else if (body != nullptr) {
      *body += line;
    }
  }
  return sections;
}

}  // namespace scanner::test

// Two packs over stored observations: which texts each signature hits.
//
// Without the traffic round them, texts give hits and no verdicts.
#pragma once

#include "scanner/signature/matcher.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace scanner {

// A signature that hits a text under one pack alone.
struct TextChange {
  std::string signature, field;
  bool gained = false;  // hits under the second pack alone
  std::uint64_t texts = 0;
  std::vector<std::string> examples;  // the first ones, redacted, printable and short: "TIME  TEXT"
};

struct BackTest {
  std::uint64_t texts = 0, damaged = 0;
  std::vector<std::string> problems;     // files that cannot be read, first damage of each
  std::size_t files = 0, unread = 0;
  std::vector<TextChange> changes;       // by signature
  std::vector<std::array<std::uint64_t, 2>> hits;  // by `ids`
  std::vector<std::string> ids;          // of signatures of either pack, sorted
  std::vector<std::string> untested;     // those whose field no observation is of
};

BackTest back_test(const std::vector<std::string>& files, const std::array<std::shared_ptr<const Matcher>, 2>& packs);

}  // namespace scanner

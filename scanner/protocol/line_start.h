// Lines of which only the beginning matters, cut anywhere.
#pragma once

#include "scanner/model/bytes.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace scanner {

class LineStart {
 public:
  static constexpr std::size_t kMost = 128;  // bytes of a line

  // Takes from the front of `bytes`: a line once it has ended, without its end. Call next() then.
  std::optional<std::string_view> take(Bytes& bytes) {
    const std::string_view text = as_text(bytes);
    const std::size_t feed = text.find('\n');
    line_ += text.substr(0, std::min(feed, kMost - line_.size()));
    if (feed == text.npos) {
      bytes = {};
      return {};
    }
    bytes = bytes.subspan(feed + 1);
    if (line_.ends_with('\r')) line_.pop_back();
    return line_;
  }
  void next() { line_.clear(); }

 private:
  std::string line_;
};

}  // namespace scanner

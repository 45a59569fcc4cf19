// How many in the last while, without a list of times: two windows, of which the older counts
// as far as it still lies within.
#pragma once

#include "scanner/model/time.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace scanner {

class RateWindow {
 public:
  // Counts `amount` at `at`; times may come a little out of order. The same `window` always.
  void add(Timestamp at, Duration window, std::uint64_t amount = 1) {
    roll(at, window);
    current_ += amount;
  }
  std::uint64_t count(Timestamp at, Duration window) {
    roll(at, window);
    const double into = static_cast<double>(std::clamp<std::int64_t>((at - start_).count(), 0, window.count()));
    const double within = 1.0 - into / static_cast<double>(window.count());
    return current_ + static_cast<std::uint64_t>(std::llround(static_cast<double>(previous_) * within));
  }

 private:
  void roll(Timestamp at, Duration window) {
    if (start_.ns == 0) start_ = at;
    if (at - start_ < window) return;
    previous_ = at - start_ < 2 * window ? current_ : 0;
    current_ = 0;
    start_ = previous_ != 0 ? start_ + window : at;
  }

  Timestamp start_;  // of the current window; zero: nothing was counted
  std::uint64_t current_ = 0, previous_ = 0;
};

}  // namespace scanner

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

// Different things among those noted: linear counting (Whang et al. 1990) in 64 bits, good to
// about 150.
class FewDistinct {
 public:
  void note(std::uint64_t hash) {
    hash *= 0x9e3779b97f4a7c15U;
    bits_ |= std::uint64_t{1} << (hash >> 58);
  }
  std::uint32_t count() const {
    constexpr double kBits = 64;
    const int empty = std::max(64 - __builtin_popcountll(bits_), 1);
    return static_cast<std::uint32_t>(std::lround(kBits * std::log(kBits / empty)));
  }

 private:
  std::uint64_t bits_ = 0;
};

}  // namespace scanner

// Cumulative sum of what comes in a second beyond what is usual (Page 1954; for floods Wang,
// Zhang, Shin 2002): a short burst rises and falls again, a flood goes on rising.
#pragma once

#include "scanner/detect/abuse_limits.h"

#include <algorithm>
#include <cstdint>

namespace scanner {

class Cusum {
 public:
  // `amount` more in the second that holds `at`; seconds that were passed hold nothing.
  void add(Timestamp at, std::uint64_t amount, const RateLimits& limits) {
    constexpr std::int64_t kSecond = 1'000'000'000;
    const std::int64_t second = at.ns / kSecond;
    if (second > second_) {
      // The second that is over, and the empty ones behind it.
      height_ = fall(height_ + now_, limits.drift, second - second_);
      now_ = 0;
      second_ = second;
    }
    now_ += amount;
    total_ += amount;
    peak_ = std::max(peak_, now_);
  }
  // With the second that is going on.
  std::uint64_t height(const RateLimits& limits) const { return fall(height_ + now_, limits.drift, 1); }
  std::uint64_t peak() const { return peak_; }    // of one second
  std::uint64_t total() const { return total_; }

 private:
  static std::uint64_t fall(std::uint64_t from, std::uint64_t drift, std::int64_t seconds) {
    const auto most = static_cast<std::uint64_t>(std::min<std::int64_t>(seconds, 1 << 20)) * drift;
    return from > most ? from - most : 0;
  }

  std::int64_t second_ = 0;
  std::uint64_t height_ = 0, now_ = 0, peak_ = 0, total_ = 0;
};

}  // namespace scanner

// How long to wait before the next attempt: twice as long each time up to a bound, and never
// quite the same for two agents, so that a collector that comes back is not run over.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace scanner {

struct BackoffLimits {
  std::chrono::milliseconds first{1'000};
  std::chrono::milliseconds most{300'000};
};

// The same seed gives the same waits.
class Backoff {
 public:
  Backoff(BackoffLimits limits, std::uint64_t seed) : limits_(limits), random_(seed) {}

  // From half of the step to all of it.
  std::chrono::milliseconds next() {
    const auto step = step_.count() == 0 ? limits_.first : step_;
    step_ = std::min(step * 2, limits_.most);
    const auto half = static_cast<std::uint64_t>(step.count() / 2);
    return std::chrono::milliseconds(step.count() - static_cast<std::int64_t>(random_() % (half + 1)));
  }
  void reset() { step_ = std::chrono::milliseconds(0); }

 private:
  BackoffLimits limits_;
  std::mt19937_64 random_;
  std::chrono::milliseconds step_{0};
};

}  // namespace scanner

// Engine time: the running maximum of what the sources say, with lies and jumps corrected.
//
// A packet from the past keeps its place and gets the present time. A jump of more than a
// day ahead is believed only when kConfirmations packets in a row agree with it, so that one
// forged or damaged timestamp cannot expire every flow; until then those packets get the
// present time too. Every correction is counted.
#pragma once

#include "scanner/model/time.h"

#include <cstdint>

namespace scanner {

class EngineClock {
 public:
  static constexpr Duration kJump = std::chrono::hours(24);
  static constexpr int kConfirmations = 3;

  // The engine time at which something stamped `at` happens.
  Timestamp advance(Timestamp at) {
    if (!started_) {
      started_ = true;
      return now_ = at;
    }
    if (at < now_) {
      // Captures often swap neighbours by microseconds; that is order, not a broken clock.
      if (corrected(at, now_)) ++clamped_;
      ahead_ = 0;
      return now_;
    }
    if (at - now_ > kJump) {
      if (ahead_ > 0 && at >= jump_to_ - kJump && at - jump_to_ < kJump) {
        if (++ahead_ >= kConfirmations) {
          ahead_ = 0;
          return now_ = at;
        }
      } else {
        ahead_ = 1;
      }
      jump_to_ = at;
      ++clamped_;
      return now_;
    }
    ahead_ = 0;
    return now_ = at;
  }

  // Is the engine time of something another than what was said of it, by more than neighbours
  // swap? Rates are not judged over such time.
  static constexpr bool corrected(Timestamp said, Timestamp given) { return (said > given ? said - given : given - said) > kTolerated; }

  Timestamp now() const { return now_; }
  std::uint64_t clamped() const { return clamped_; }

 private:
  static constexpr Duration kTolerated = std::chrono::seconds(1);

  Timestamp now_;
  Timestamp jump_to_;
  int ahead_ = 0;
  bool started_ = false;
  std::uint64_t clamped_ = 0;
};

}  // namespace scanner

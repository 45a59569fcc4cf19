#include "scanner/engine/clock.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDay = 86400 * kSecond;
}  // namespace

TEST_CASE("engine time is the running maximum and a step back is counted", "[engine]") {
  EngineClock clock;
  CHECK(clock.advance({10 * kSecond}).ns == 10 * kSecond);
  CHECK(clock.advance({5 * kSecond}).ns == 10 * kSecond);
  CHECK(clock.clamped() == 1);
  CHECK(clock.advance({11 * kSecond}).ns == 11 * kSecond);
  CHECK(clock.advance({11 * kSecond - 1000}).ns == 11 * kSecond);  // neighbours that swapped
  CHECK(clock.clamped() == 1);
}

TEST_CASE("neighbours that swapped are in order enough for a rate, what is further off is not", "[engine]") {
  CHECK_FALSE(EngineClock::corrected({10 * kSecond}, {10 * kSecond}));
  CHECK_FALSE(EngineClock::corrected({10 * kSecond - 1000}, {10 * kSecond}));
  CHECK_FALSE(EngineClock::corrected({9 * kSecond}, {10 * kSecond}));
  CHECK(EngineClock::corrected({9 * kSecond - 1}, {10 * kSecond}));
  CHECK(EngineClock::corrected({1000 * kDay}, {10 * kSecond}));
}

TEST_CASE("one timestamp far ahead moves nothing", "[engine]") {
  EngineClock clock;
  clock.advance({kSecond});
  CHECK(clock.advance({1000 * kDay}).ns == kSecond);
  CHECK(clock.advance({2 * kSecond}).ns == 2 * kSecond);
  CHECK(clock.advance({1000 * kDay}).ns == 2 * kSecond);
  CHECK(clock.clamped() == 2);
}

TEST_CASE("a gap of days is believed when packets in a row agree on it", "[engine]") {
  EngineClock clock;
  clock.advance({kSecond});
  clock.advance({10 * kDay});
  clock.advance({10 * kDay + kSecond});
  CHECK(clock.advance({10 * kDay + 2 * kSecond}).ns == 10 * kDay + 2 * kSecond);
}

#include "scanner/app/pressure.h"

#include <catch2/catch.hpp>

namespace scanner {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

Pressure busy() { return {.cpu_percent = 40, .memory_bytes = 1, .packets = 1000, .dropped = 0}; }
Pressure idle() { return {.cpu_percent = 1, .memory_bytes = 1, .packets = 1000, .dropped = 0}; }

// `seconds` measurements alike, one a second from `from` on; gives how often the effort changed.
int keep(PressureState& state, const Pressure& measured, std::int64_t from, int seconds, const PressureBudget& budget = {}) {
  int changes = 0;
  for (int i = 0; i < seconds; ++i) {
    const PressureStep step = decide(state, measured, budget, {(from + i) * kSecond});
    CHECK(step.changed == (step.next.effort != state.effort));
    CHECK(step.changed == !step.why.empty());
    changes += step.changed ? 1 : 0;
    state = step.next;
  }
  return changes;
}

TEST_CASE("pressure that lasts takes one step at a time, down to the heartbeat", "[app]") {
  PressureState state;
  CHECK(keep(state, busy(), 0, 5) == 0);
  CHECK(keep(state, busy(), 5, 1) == 1);
  CHECK(state.effort == Effort::Sampled);
  CHECK(keep(state, busy(), 6, 5) == 0);
  CHECK(keep(state, busy(), 11, 60) == 2);
  CHECK(state.effort == Effort::Heartbeat);
}

TEST_CASE("a short burst changes nothing", "[app]") {
  PressureState state;
  for (int i = 0; i < 20; ++i) {
    CHECK(keep(state, busy(), 10 * i, 4) == 0);
    CHECK(keep(state, idle(), 10 * i + 4, 6) == 0);
  }
  CHECK(state.effort == Effort::Full);
}

TEST_CASE("the effort comes back step by step, later than it went", "[app]") {
  PressureState state{Effort::Heartbeat, {}, {}};
  CHECK(keep(state, idle(), 0, 60) == 0);
  CHECK(keep(state, idle(), 60, 1) == 1);
  CHECK(state.effort == Effort::ProcessesOnly);
  CHECK(keep(state, idle(), 61, 200) == 2);
  CHECK(state.effort == Effort::Full);
}

TEST_CASE("between relief and the budget nothing moves, so that it does not swing", "[app]") {
  PressureState state{Effort::Sampled, {}, {}};
  Pressure between = idle();
  between.cpu_percent = 20;
  CHECK(keep(state, between, 0, 1000) == 0);
}

TEST_CASE("drops and memory press as the processor does, and a bound of nothing is none", "[app]") {
  Pressure dropping = idle();
  dropping.dropped = 200;
  PressureState state;
  CHECK(keep(state, dropping, 0, 6) == 1);
  Pressure large = idle();
  large.memory_bytes = 1ULL << 40;
  PressureState other;
  CHECK(keep(other, large, 0, 6) == 1);
  PressureBudget unbounded;
  unbounded.cpu_percent = 0;
  unbounded.memory_bytes = 0;
  unbounded.drop_percent = 0;
  Pressure all = large;
  all.cpu_percent = 1e6;
  all.dropped = 1'000'000;
  PressureState free;
  CHECK(keep(free, all, 0, 100, unbounded) == 0);
}

TEST_CASE("nothing that came is nothing that was dropped", "[app]") {
  PressureState state;
  CHECK(keep(state, {}, 0, 100) == 0);
}

}  // namespace
}  // namespace scanner

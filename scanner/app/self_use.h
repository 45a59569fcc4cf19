// What this process itself takes.
#pragma once

#include <chrono>
#include <cstdint>

namespace scanner {

struct SelfUse {
  double cpu_seconds = 0;          // of all threads, since the start
  std::uint64_t resident_bytes = 0;
  std::chrono::steady_clock::time_point at;
};

SelfUse self_use();
// Of one core, between two measurements; 0 where no time passed.
double cpu_percent(const SelfUse& before, const SelfUse& after);

}  // namespace scanner

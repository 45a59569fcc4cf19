// The system's clocks, in nanoseconds.
#pragma once

#include "scanner/model/time.h"

#include <cstdint>
#include <ctime>

namespace scanner {

// CLOCK_REALTIME: since 1970; CLOCK_MONOTONIC: since some moment before, as the kernel's own
// time stamps of processes.
inline Duration read_clock(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return Duration(std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec);
}

}  // namespace scanner

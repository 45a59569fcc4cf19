// How much the agent looks at, by what it costs: it gives way before the host notices it.
//
// Pure: the caller measures and brings the time. One step down at a time, after the budget
// was exceeded for a while; one step up after it was kept with room to spare for longer, so
// that it does not swing. Each step is a health event.
#pragma once

#include "scanner/model/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace scanner {

// Highest first. Sampled: whole flows, one in so many. ProcessesOnly: no packets at all.
// Heartbeat: nothing but that the agent is alive.
enum class Effort : std::uint8_t { Full, Sampled, ProcessesOnly, Heartbeat };
std::string_view to_string(Effort effort);  // "full", "sampled", "processes only", "heartbeat"

struct PressureBudget {
  double cpu_percent = 25;  // of one core; 0: no bound
  std::uint64_t memory_bytes = 256ULL * 1024 * 1024;  // resident; 0: no bound
  double drop_percent = 5;  // of the packets that came; 0: no bound
  Duration patience = std::chrono::seconds(5);   // over the budget for so long: a step down
  Duration recovery = std::chrono::seconds(60);  // below `relief` of it for so long: a step up
  double relief = 0.6;
};

// Over the last interval; an interval is about a second.
struct Pressure {
  double cpu_percent = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t packets = 0, dropped = 0;
};

struct PressureState {
  Effort effort = Effort::Full;
  std::optional<Timestamp> over_since, under_since;
};

struct PressureStep {
  PressureState next;
  bool changed = false;
  std::string why;  // of a change: "cpu 41.0 % of a core, the budget is 25.0 %"
};

PressureStep decide(const PressureState& state, const Pressure& measured, const PressureBudget& budget, Timestamp now);

}  // namespace scanner

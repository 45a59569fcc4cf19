#include "scanner/app/pressure.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace scanner {
namespace {

std::string tenths(double value) {
  const auto whole = static_cast<long long>(std::llround(value * 10));
  return std::to_string(whole / 10) + "." + std::to_string(whole % 10);
}

double drop_percent(const Pressure& measured) {
  const auto all = static_cast<double>(measured.packets + measured.dropped);
  return all > 0 ? 100 * static_cast<double>(measured.dropped) / all : 0;
}

// What exceeds `share` of the budget; "": nothing.
std::string excess(const Pressure& measured, const PressureBudget& budget, double share) {
  if (budget.cpu_percent > 0 && measured.cpu_percent > budget.cpu_percent * share)
    return "cpu " + tenths(measured.cpu_percent) + " % of a core, the budget is " + tenths(budget.cpu_percent) + " %";
  if (budget.memory_bytes > 0 && static_cast<double>(measured.memory_bytes) > static_cast<double>(budget.memory_bytes) * share)
    return "memory " + std::to_string(measured.memory_bytes) + " bytes, the budget is " + std::to_string(budget.memory_bytes);
  if (budget.drop_percent > 0 && drop_percent(measured) > budget.drop_percent * share)
    return tenths(drop_percent(measured)) + " % of the packets were dropped, the budget is " + tenths(budget.drop_percent) + " %";
  return "";
}

Effort moved(Effort effort, int by) { return static_cast<Effort>(std::clamp(static_cast<int>(effort) + by, 0, static_cast<int>(Effort::Heartbeat))); }

}  // namespace

std::string_view to_string(Effort effort) {
  constexpr std::array<std::string_view, 4> kWords{"full", "sampled", "processes only", "heartbeat"};
  return kWords[static_cast<std::size_t>(effort)];
}

PressureStep decide(const PressureState& state, const Pressure& measured, const PressureBudget& budget, Timestamp now) {
  PressureStep step{state, false, ""};
  PressureState& next = step.next;
  const std::string over = excess(measured, budget, 1);
  // Memory that was taken is seldom given back, so it holds the step where it is and no more.
  PressureBudget calm = budget;
  calm.memory_bytes = 0;
  const bool under = over.empty() && excess(measured, calm, budget.relief).empty();
  next.over_since = over.empty() ? std::nullopt : std::optional(state.over_since.value_or(now));
  next.under_since = under ? std::optional(state.under_since.value_or(now)) : std::nullopt;
  int by = 0;
  if (next.over_since && now - *next.over_since >= budget.patience) by = 1;
  if (next.under_since && now - *next.under_since >= budget.recovery) by = -1;
  const Effort effort = moved(state.effort, by);
  if (by == 0) return step;
  // The next step needs its own patience.
  next.over_since.reset();
  next.under_since.reset();
  if (effort == state.effort) return step;
  next.effort = effort;
  step.changed = true;
  step.why = by > 0 ? over : "the budget was kept for " + std::to_string(std::chrono::duration_cast<std::chrono::seconds>(budget.recovery).count()) + " seconds";
  return step;
}

}  // namespace scanner

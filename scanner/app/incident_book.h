// What the incidents of a run came to: the last event of each.
#pragma once

#include "scanner/app/options.h"
#include "scanner/model/breach_event.h"

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace scanner {

// Bounded, since a run may last for months: at most kMaxIncidents are kept. When a breach
// needs room, the oldest indicator goes; then the newcomer does. Where the kept events have
// more than kMaxFindings findings between them, newcomers keep their first kFewFindings.
// What is dropped is counted.
class IncidentBook final : public EventSink {
 public:
  static constexpr std::size_t kMaxIncidents = 20'000;
  static constexpr std::size_t kMaxFindings = 50'000;
  static constexpr std::size_t kFewFindings = 2;

  void take(const BreachEvent& event) override;

  // When an incident first stood on a rung, in the order of time.
  struct Rung {
    Stage stage = Stage::None;
    Timestamp at;  // of the event that said so
  };
  // Empty for an incident that is not kept.
  const std::vector<Rung>& rungs(const std::string& incident) const;

  // Breaches first, then by highest stage, then by first_seen. Valid until the next take().
  std::vector<const BreachEvent*> incidents() const;
  std::uint64_t dropped() const { return dropped_; }

  // Whether any event was one, its last revision or not; shadow and test events never count.
  bool saw_breach() const { return saw_breach_; }
  bool saw_indicator() const { return saw_indicator_; }

 private:
  bool make_room(const BreachEvent& event);

  std::unordered_map<std::string, BreachEvent> by_incident_;
  std::unordered_map<std::string, std::vector<Rung>> rungs_;
  std::map<std::uint64_t, std::string> indicators_;  // by order of arrival: what may go
  std::unordered_map<std::string, std::uint64_t> indicator_order_;
  std::uint64_t arrivals_ = 0;
  std::size_t findings_ = 0;
  std::uint64_t dropped_ = 0;
  bool saw_breach_ = false, saw_indicator_ = false;
};

// Whether what was found is what --fail-on asks for.
bool has_found(FailOn fail_on, const IncidentBook& book);

}  // namespace scanner

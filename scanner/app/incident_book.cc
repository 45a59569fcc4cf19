#include "scanner/app/incident_book.h"

#include <algorithm>

namespace scanner {

bool IncidentBook::make_room(const BreachEvent& event) {
  if (by_incident_.size() < kMaxIncidents) return true;
  if (event.type != EventType::Breach || indicators_.empty()) {
    // Its later revisions come here too.
    if (event.revision == 1) ++dropped_;
    return false;
  }
  ++dropped_;
  const auto oldest = indicators_.begin();
  const auto found = by_incident_.find(oldest->second);
  findings_ -= found->second.findings.size();
  by_incident_.erase(found);
  rungs_.erase(oldest->second);
  indicator_order_.erase(oldest->second);
  indicators_.erase(oldest);
  return true;
}

void IncidentBook::take(const BreachEvent& event) {
  const bool counts = event.mode != "shadow" && event.mode != "test";
  saw_breach_ = saw_breach_ || (counts && event.type == EventType::Breach);
  saw_indicator_ = saw_indicator_ || (counts && event.type == EventType::Indicator);
  const auto known = by_incident_.find(event.incident);
  if (known == by_incident_.end() && !make_room(event)) return;
  auto& rungs = rungs_[event.incident];
  if (std::none_of(rungs.begin(), rungs.end(), [&](const Rung& rung) { return rung.stage == event.stage; })) rungs.push_back({event.stage, event.time});
  BreachEvent& kept = by_incident_[event.incident];
  findings_ -= kept.findings.size();
  kept = event;
  if (findings_ + kept.findings.size() > kMaxFindings && kept.findings.size() > kFewFindings) kept.findings.resize(kFewFindings);
  findings_ += kept.findings.size();
  const auto order = indicator_order_.find(event.incident);
  if (event.type == EventType::Breach) {
    if (order == indicator_order_.end()) return;
    indicators_.erase(order->second);
    indicator_order_.erase(order);
  } else if (order == indicator_order_.end()) {
    indicators_.emplace(arrivals_, event.incident);
    indicator_order_.emplace(event.incident, arrivals_++);
  }
}

const std::vector<IncidentBook::Rung>& IncidentBook::rungs(const std::string& incident) const {
  static const std::vector<Rung> kNone;
  const auto found = rungs_.find(incident);
  return found == rungs_.end() ? kNone : found->second;
}

std::vector<const BreachEvent*> IncidentBook::incidents() const {
  std::vector<const BreachEvent*> all;
  all.reserve(by_incident_.size());
  for (const auto& [incident, event] : by_incident_) all.push_back(&event);
  std::sort(all.begin(), all.end(), [](const BreachEvent* a, const BreachEvent* b) {
    const bool a_breach = a->type == EventType::Breach, b_breach = b->type == EventType::Breach;
    if (a_breach != b_breach) return a_breach;
    if (a->stage != b->stage) return a->stage > b->stage;
    if (a->first_seen != b->first_seen) return a->first_seen < b->first_seen;
    return a->incident < b->incident;
  });
  return all;
}

bool has_found(FailOn fail_on, const IncidentBook& book) {
  return (fail_on != FailOn::Never && book.saw_breach()) || (fail_on == FailOn::Indicator && book.saw_indicator());
}

}  // namespace scanner

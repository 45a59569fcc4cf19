#include "scanner/engine/incidents.h"

#include "scanner/engine/event_builder.h"

#include <algorithm>
#include <set>

namespace scanner {
namespace {

std::string key_of(const Subject& subject, const std::string& activity) { return subject.id + "\n" + activity; }

}  // namespace

struct Incidents::Incident {
  IncidentRecord record;
  Rungs emitted;          // as the last event told them
  Timestamp emitted_at;   // engine time of the last event
  Timestamp touched_at;   // engine time of the last finding
  std::uint64_t opened = 0;  // in which order incidents opened
  bool touched = false;      // since the last settle()
  std::set<std::string> permitted_by;  // of a permitted one
};

Incidents::Incidents(const IncidentLimits& limits, const Declaration& declaration, const Redactor& redactor, EventFrame frame, EventSink& sink, IncidentPurpose purpose)
    : limits_(limits), declaration_(&declaration), redactor_(redactor), frame_(std::move(frame)), sink_(sink), purpose_(purpose) {}

Incidents::~Incidents() = default;

void Incidents::use(const Declaration& declaration, const EventFrame& frame) {
  declaration_ = &declaration;
  frame_ = frame;
}

bool Incidents::is_open(const Subject& subject, const std::string& activity) const { return find(subject, activity) != nullptr; }

bool Incidents::holds(const Subject& subject, const std::string& activity, const std::string& key) const {
  const Incident* incident = find(subject, activity);
  return incident != nullptr && incident->record.findings.contains(key);
}

Incidents::Incident* Incidents::find(const Subject& subject, const std::string& activity) const {
  const auto found = by_key_.find(key_of(subject, activity));
  return found == by_key_.end() ? nullptr : found->second->get();
}

Incidents::Incident& Incidents::open_incident(const Finding& finding) {
  if (by_key_.size() >= limits_.max_incidents) close(order_.begin());
  auto incident = std::make_unique<Incident>();
  incident->record.subject = finding.subject;
  incident->record.activity = finding.activity;
  incident->record.first_seen = finding.first_seen;
  incident->record.last_seen = finding.last_seen;
  incident->record.id = incident_id(finding.subject, purpose_ == IncidentPurpose::Permitted ? finding.activity + "\npermitted" : finding.activity, finding.first_seen);
  incident->opened = opened_++;
  Incident& reference = *incident;
  order_.push_back(std::move(incident));
  by_key_.emplace(key_of(finding.subject, finding.activity), std::prev(order_.end()));
  return reference;
}

void Incidents::take(const Finding& finding) {
  Incident* incident = find(finding.subject, finding.activity);
  // A count of bare attempts says something about a subject that did more, and opens nothing.
  if (incident == nullptr && finding.stage == Stage::None) return;
  if (incident == nullptr) incident = &open_incident(finding);
  const std::string key = key_of(finding.subject, finding.activity);
  order_.splice(order_.end(), order_, by_key_.find(key)->second);
  IncidentRecord& record = incident->record;
  record.first_seen = std::min(record.first_seen, finding.first_seen);
  record.last_seen = std::max(record.last_seen, finding.last_seen);
  ++record.observations;
  incident->touched_at = now_;
  record.put(finding);
  fold_if_full(*incident);
  touch(*incident);
}

void Incidents::permit(const Finding& finding, const std::string& by) {
  take(finding);
  if (Incident* incident = find(finding.subject, finding.activity)) incident->permitted_by.insert(by);
}

void Incidents::touch(Incident& incident) {
  if (!incident.touched) touched_.push_back(key_of(incident.record.subject, incident.record.activity));
  incident.touched = true;
}

void Incidents::fold_if_full(Incident& incident) {
  auto& findings = incident.record.findings;
  if (findings.size() <= limits_.max_findings) return;
  // An eighth at a time, so that the cost of choosing is spread over many insertions.
  std::vector<std::map<std::string, Finding>::iterator> all;
  for (auto it = findings.begin(); it != findings.end(); ++it) all.push_back(it);
  const auto cut = all.begin() + static_cast<std::ptrdiff_t>(limits_.max_findings / 8 + 1);
  std::nth_element(all.begin(), cut, all.end(), [](const auto& a, const auto& b) {
    return std::tie(a->second.stage, a->second.last_seen, a->first) < std::tie(b->second.stage, b->second.last_seen, b->first);
  });
  for (auto it = all.begin(); it != cut; ++it) {
    count_finding((*it)->second, incident.record.folded);
    ++incident.record.folded_findings;
    incident.record.drop(std::string((*it)->first));
  }
}

void Incidents::withdraw(const Subject& subject, const std::string& activity, const std::string& key) {
  Incident* incident = find(subject, activity);
  if (incident == nullptr || !incident->record.drop(key) || !incident->record.findings.empty()) return;
  const auto position = by_key_.find(key_of(subject, activity))->second;
  if (incident->record.revision > 0) {
    close(position);
    return;
  }
  by_key_.erase(key_of(subject, activity));
  order_.erase(position);
}

void Incidents::merge(const Subject& subject, const std::string& activity, const std::vector<std::string>& keys, const Subject& into,
                      const std::string& into_activity) {
  Incident* incident = find(subject, activity);
  const Incident* target = find(into, into_activity);
  if (incident == nullptr || target == nullptr || incident == target) return;
  auto& findings = incident->record.findings;
  const auto belongs = [&](const auto& entry) { return std::find(keys.begin(), keys.end(), entry.first) != keys.end(); };
  if (!std::all_of(findings.begin(), findings.end(), belongs)) {
    if (std::erase_if(findings, belongs) > 0) touch(*incident);
    return;
  }
  incident->record.merged_into = target->record.id;
  close(by_key_.find(key_of(subject, activity))->second);
}

void Incidents::silence(const Silence& silence) {
  struct Silenced {
    Subject subject;
    std::string activity, key;
  };
  std::vector<Silenced> gone;
  for (const auto& incident : order_)
    for (const auto& [key, finding] : incident->record.findings)
      if (silence.names.contains(finding.source)) gone.push_back({incident->record.subject, incident->record.activity, key});
  for (const Silenced& one : gone) {
    withdraw(one.subject, one.activity, one.key);
    if (Incident* incident = find(one.subject, one.activity)) touch(*incident);
  }
  settle();
}

void Incidents::settle() {
  for (const std::string& key : touched_) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) continue;
    Incident& incident = **found->second;
    incident.touched = false;
    const bool climbed = incident.record.rungs.rungs() != incident.emitted;
    if (climbed || incident.record.revision == 0 || now_ - incident.emitted_at >= limits_.repeat_every) emit(incident, false);
  }
  touched_.clear();
}

void Incidents::emit(Incident& incident, bool closing) {
  const Rungs rungs = incident.record.rungs.rungs();
  const auto verdict = decide(*declaration_, incident.record.activity, rungs.overall, incident.record.first_seen);
  incident.emitted = rungs;
  incident.emitted_at = now_;
  if (!verdict) return;
  ++incident.record.revision;
  BreachEvent event = build_event(incident.record, redactor_);
  event.type = verdict->type;
  event.state = closing ? "closed" : "open";
  event.time = now_;
  event.severity = verdict->severity;
  event.clause = verdict->clause;
  event.item = verdict->item;
  event.declaration_version = verdict->declaration_version;
  event.declaration_sha256 = declaration_->sha256();
  event.proposal = verdict->proposal;
  if (purpose_ == IncidentPurpose::Permitted) {
    event.type = EventType::Permitted;
    event.proposal.measures.clear();
    event.proposal.reasons.insert(event.proposal.reasons.end(), incident.permitted_by.begin(), incident.permitted_by.end());
  }
  event.mode = frame_.mode;
  event.ruleset_id = frame_.ruleset_id;
  event.config_id = frame_.config_id;
  event.quality = quality_;
  sink_.take(event);
}

void Incidents::close(Order::iterator position) {
  const std::unique_ptr<Incident> incident = std::move(*position);
  by_key_.erase(key_of(incident->record.subject, incident->record.activity));
  order_.erase(position);
  emit(*incident, true);
}

void Incidents::advance(Timestamp now) {
  while (!order_.empty() && order_.front()->touched_at + limits_.close_after <= now) {
    // The time at which it was due, not the time at which somebody looked: how often the
    // engine looks depends on the source.
    now_ = std::max(now_, order_.front()->touched_at + limits_.close_after);
    close(order_.begin());
  }
  now_ = std::max(now_, now);
}

void Incidents::finish() {
  order_.sort([](const auto& a, const auto& b) { return a->opened < b->opened; });
  while (!order_.empty()) close(order_.begin());
}

}  // namespace scanner

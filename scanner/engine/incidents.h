// Findings → incidents → events: what belongs together, and when it is worth saying.
//
// An incident is one subject's one activity. It opens with the first finding and closes
// after 15 minutes of engine time without one; its id is hash(subject, activity,
// first_seen), an event's id is hash(incident, revision). An event is made when a rung
// changes, at most every 10 minutes while it goes on, when it closes, and at the end.
//
// Bounded: max_incidents (the least recently touched is closed early), and per incident
// max_findings (the lowest and oldest are folded into the counts).
#pragma once

#include "scanner/detect/detector.h"
#include "scanner/engine/redact.h"
#include "scanner/engine/silence.h"
#include "scanner/policy/verdict.h"

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

namespace scanner {

struct IncidentLimits {
  Duration close_after = std::chrono::minutes(15);
  Duration repeat_every = std::chrono::minutes(10);
  std::size_t max_incidents = 65536;
  std::size_t max_findings = 2048;
};

// What goes into every event and is the run's own.
struct EventFrame {
  std::string ruleset_id, config_id, mode = "observe";
};

// Permitted: of what exceptions cover. Its events say so, propose nothing, and its incidents are
// others than the judged ones of the same subject and activity.
enum class IncidentPurpose : std::uint8_t { Judged, Permitted };

class Incidents final : public FindingSink {
 public:
  Incidents(const IncidentLimits& limits, const Declaration& declaration, const Redactor& redactor, EventFrame frame, EventSink& sink,
            IncidentPurpose purpose = IncidentPurpose::Judged);
  ~Incidents() override;

  // Engine time; never goes backwards. Closes what is due, oldest first.
  void advance(Timestamp now);
  // Under which declaration, and named as what, the following events are made.
  void use(const Declaration& declaration, const EventFrame& frame);
  void set_quality(const Quality& quality) { quality_ = quality; }

  void take(const Finding& finding) override;
  // Of a permitted one: `by` says why, in one sentence.
  void permit(const Finding& finding, const std::string& by);
  void withdraw(const Subject& subject, const std::string& activity, const std::string& key) override;
  void merge(const Subject& subject, const std::string& activity, const std::vector<std::string>& keys, const Subject& into,
             const std::string& into_activity) override;

  // What the sources named there concluded does not count any more: it leaves the open
  // incidents, and an incident that had nothing else ends.
  void silence(const Silence& silence);

  // Emits what the findings since the last call changed: once per observation, so that
  // one packet which climbs two rungs gives one event.
  void settle();
  // A last revision of every open incident, in order of opening.
  void finish();

  std::size_t open() const { return by_key_.size(); }
  bool is_open(const Subject& subject, const std::string& activity) const;
  // Whether an open incident has a finding under this key.
  bool holds(const Subject& subject, const std::string& activity, const std::string& key) const;

 private:
  struct Incident;
  using Order = std::list<std::unique_ptr<Incident>>;

  Incident* find(const Subject& subject, const std::string& activity) const;
  Incident& open_incident(const Finding& finding);
  void touch(Incident& incident);
  void fold_if_full(Incident& incident);
  void emit(Incident& incident, bool closing);
  void close(Order::iterator position);

  IncidentLimits limits_;
  const Declaration* declaration_;
  const Redactor& redactor_;
  EventFrame frame_;
  EventSink& sink_;
  IncidentPurpose purpose_;
  Quality quality_;
  Timestamp now_;
  Order order_;  // least recently touched first
  std::unordered_map<std::string, Order::iterator> by_key_;
  std::vector<std::string> touched_;
  std::uint64_t opened_ = 0;
};

}  // namespace scanner

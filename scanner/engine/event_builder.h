// One incident's findings → the event that says where it stands.
#pragma once

#include "scanner/engine/redact.h"
#include "scanner/model/breach_event.h"

#include <cstdint>
#include <map>
#include <string>

namespace scanner {

// What an incident has gathered so far.
struct IncidentRecord {
  Subject subject;
  std::string activity, id;
  Timestamp first_seen, last_seen;
  std::uint64_t observations = 0;
  std::map<std::string, Finding> findings;  // by Finding::key
  BreachEvent::Counts folded;               // of findings that were dropped for space
  std::uint64_t folded_findings = 0;
  std::uint32_t revision = 0;
  std::string merged_into;
};

struct Rungs {
  Stage overall = Stage::None, traffic = Stage::None, process = Stage::None;
  friend bool operator==(const Rungs&, const Rungs&) = default;
};
Rungs rungs_of(const IncidentRecord& incident);

// Adds a finding to the counts: each conversation once, by its highest rung.
void count_finding(const Finding& finding, BreachEvent::Counts& counts);

// SHA-256 over the parts, hex, cut to 32 digits.
std::string incident_id(const Subject& subject, const std::string& activity, Timestamp first_seen);
std::string event_id(const std::string& incident, std::uint32_t revision);

// Everything but the verdict, the quality and the run's own fields.
BreachEvent build_event(const IncidentRecord& incident, const Redactor& redactor);

}  // namespace scanner

// One incident's findings → the event that says where it stands.
#pragma once

#include "scanner/engine/redact.h"
#include "scanner/model/breach_event.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace scanner {

struct Rungs {
  Stage overall = Stage::None, traffic = Stage::None, process = Stage::None;
  friend bool operator==(const Rungs&, const Rungs&) = default;
};

// How many findings stand on each rung: the highest is known without asking every finding.
class RungCount {
 public:
  void add(const Finding& finding) { ++at(finding); }
  void remove(const Finding& finding) { --at(finding); }
  Rungs rungs() const;

 private:
  static constexpr std::size_t kStages = 8, kKinds = 3;
  std::uint32_t& at(const Finding& finding) {
    return counts_[static_cast<std::size_t>(finding.kind)][static_cast<std::size_t>(finding.stage)];
  }
  std::array<std::array<std::uint32_t, kStages>, kKinds> counts_{};
};

// What an incident has gathered so far.
struct IncidentRecord {
  Subject subject;
  std::string activity, id;
  Timestamp first_seen, last_seen;
  std::uint64_t observations = 0;
  std::map<std::string, Finding> findings;  // by Finding::key; change it through put() and drop()
  RungCount rungs;
  BreachEvent::Counts folded;               // of findings that were dropped for space
  std::uint64_t folded_findings = 0;
  std::uint32_t revision = 0;
  std::string merged_into;

  void put(const Finding& finding);  // in place of what stood under its key
  bool drop(const std::string& key);
};

// Adds a finding to the counts: each conversation once, by its highest rung.
void count_finding(const Finding& finding, BreachEvent::Counts& counts);

// SHA-256 over the parts, hex, cut to 32 digits.
std::string incident_id(const Subject& subject, const std::string& activity, Timestamp first_seen);
std::string event_id(const std::string& incident, std::uint32_t revision);

// Everything but the verdict, the quality and the run's own fields.
BreachEvent build_event(const IncidentRecord& incident, const Redactor& redactor);

}  // namespace scanner

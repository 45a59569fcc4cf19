// What became of one incident, as far as it is claimed, and how two such verdicts differ.
//
// Equality is over the claim (DESIGN §5.2), without the digests of signatures and dialects: that
// the packs differ is told once and not at every verdict.
#pragma once

#include "scanner/model/breach_event.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

struct Outcome {
  std::string incident, subject, activity;
  EventType type = EventType::Indicator;
  Stage stage = Stage::None, traffic = Stage::None, process = Stage::None;
  double confidence = 0;
  Timestamp first_seen;
  std::map<std::string, std::uint32_t> sources;  // what its findings come from → revision
  std::string findings;                          // canonical JSON, sorted, without who found it
  std::string rest;                              // the rest of the claim, likewise
};

// Of an incident's last revision.
Outcome outcome_of(const BreachEvent& event);

std::string_view to_string(EventType type);  // "breach", "indicator", "permitted"

// The gravest difference between two verdicts, gravest first.
enum class ChangeKind : std::uint8_t { Appears, Disappears, Stage, Confidence, Evidence, Other };
inline constexpr std::size_t kChangeKinds = 6;
std::string_view to_string(ChangeKind kind);  // "appears", …

struct OutcomeChange {
  ChangeKind kind = ChangeKind::Other;
  std::optional<Outcome> before, after;  // one of them at least
  std::vector<std::string> fields;       // Other: which of the claim's fields differ, at most 12

  const Outcome& any() const { return after ? *after : *before; }
  // The type that counts: a breach on either side makes it one.
  EventType type() const;
  // What stands behind one side alone, or at another revision: "+ id r2", "- id r1", "~ id r1 → r2".
  std::vector<std::string> source_changes() const;
};

// Verdicts of one capture under two packs. Paired by incident, and what is left by subject and
// activity in the order of time. Gravest first, then by subject and activity.
std::vector<OutcomeChange> compare_outcomes(std::vector<Outcome> before, std::vector<Outcome> after);

}  // namespace scanner

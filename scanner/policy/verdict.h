// Finding → Verdict: permission. Sees activities and stages, never a byte.
#pragma once

#include "scanner/policy/declaration.h"

#include <optional>
#include <string>

namespace scanner {

struct Verdict {
  EventType type = EventType::Indicator;
  std::string severity, clause, item, declaration_version;
  Proposal proposal;
};

// What the declaration in force at `at` says of conduct that reached `stage`; nothing where
// it does not forbid the activity.
std::optional<Verdict> decide(const Declaration& declaration, const std::string& activity, Stage stage, Timestamp at);

}  // namespace scanner

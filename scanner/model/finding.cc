#include "scanner/model/finding.h"

#include <array>

namespace scanner {
namespace {

constexpr std::array<std::string_view, 8> kStages{"none", "interest", "contact", "session", "work", "proof", "observed", "confirmed"};

}  // namespace

std::string_view to_string(Stage stage) { return kStages[static_cast<std::size_t>(stage)]; }

std::optional<Stage> stage_from(std::string_view text) {
  for (std::size_t i = 0; i < kStages.size(); ++i)
    if (kStages[i] == text) return static_cast<Stage>(i);
  return std::nullopt;
}

std::string_view to_string(EvidenceKind kind) {
  switch (kind) {
    case EvidenceKind::Traffic: return "traffic";
    case EvidenceKind::Process: return "process";
    case EvidenceKind::Usage: return "usage";
  }
  return "";
}

}  // namespace scanner

#include "scanner/policy/verdict.h"

namespace scanner {
namespace {

std::string reason_for(Stage stage) {
  switch (stage) {
    case Stage::None: return "nothing was concluded";
    case Stage::Interest: return "a name or text of the activity was seen; that alone proves no conduct";
    case Stage::Contact: return "the conversation was begun and not accepted; that alone proves no conduct";
    case Stage::Session: return "a session was accepted, or work was requested and delivered";
    case Stage::Work: return "work was submitted in a session";
    case Stage::Proof: return "submitted work was accepted";
    case Stage::Observed: return "the conduct was observed below the threshold of confirmation";
    case Stage::Confirmed: return "the conduct was confirmed over its threshold";
  }
  return "";
}

}  // namespace

std::optional<Verdict> decide(const Declaration& declaration, const std::string& activity, Stage stage, Timestamp at) {
  const DeclarationEdition* edition = declaration.in_force(at);
  const ProhibitedActivity* item = edition == nullptr ? nullptr : edition->find(activity);
  if (item == nullptr) return std::nullopt;
  Verdict verdict;
  verdict.type = item->breach_from && stage >= *item->breach_from ? EventType::Breach : EventType::Indicator;
  verdict.severity = "low";
  for (const auto& [from, severity] : item->severity)
    if (stage >= from) verdict.severity = severity;
  verdict.clause = item->clause;
  verdict.item = item->item;
  verdict.declaration_version = edition->version;
  verdict.proposal.basis = item->basis;
  if (verdict.type == EventType::Breach) verdict.proposal.measures = item->measures;
  verdict.proposal.reasons = {reason_for(stage)};
  return verdict;
}

}  // namespace scanner

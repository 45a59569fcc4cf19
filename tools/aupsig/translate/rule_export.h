// Signatures → rules of other programs, as far as those can say it. Pure.
#pragma once

#include "scanner/signature/dataset.h"
#include "scanner/signature/signature.h"
#include "tools/aupsig/translate/translation.h"

#include <cstdint>
#include <string>

namespace scanner {

// A Sigma rule's file, or "" where the translation says why not.
std::string sigma_rule_text(const Signature& signature, const Datasets& datasets, Translation& translation);

// Suricata rules, one a line, since a rule knows no "or": each way in which the condition holds
// is a rule with a number from `sid` on, which is moved behind the last one. "" as above.
std::string suricata_rules_text(const Signature& signature, const Datasets& datasets, std::uint32_t& sid, Translation& translation);

// "(?s)", "(?m)" and "(?i)" at a regex's beginning, taken off it.
struct LeadingFlags {
  bool dotall = false, multiline = false, caseless = false;
  std::string rest;
};
LeadingFlags leading_flags(const std::string& regex);

}  // namespace scanner

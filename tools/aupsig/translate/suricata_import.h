// Suricata rules → signatures, with a report. Pure.
//
// What a rule searches for becomes patterns; order and distance inside one pattern. What our
// conditions cannot say refuses the rule (flowbits that must be set, byte tests, packet sizes),
// or is told as a difference (counts in time, one request of several).
#pragma once

#include "tools/aupsig/translate/rule_origin.h"
#include "tools/aupsig/translate/suricata_rule.h"

#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// Adds to `report` and `files`; a signature's file has a name of its own among `files`.
void import_suricata(const std::string& file, std::string_view text, const ImportSettings& settings, TranslationReport& report, std::vector<ImportedFile>& files);

}  // namespace scanner

// What a Suricata rule says before its parentheses, in terms of ours: which side is searched,
// and which of the responder's ports are asked for. Pure.
#pragma once

#include "tools/aupsig/translate/rule_origin.h"
#include "tools/aupsig/translate/suricata_rule.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace scanner {

struct SuricataScope {
  bool client = true, server = true;          // what these sides send is searched
  std::optional<std::vector<std::uint16_t>> ports;  // the responder's; none: any
  bool ports_negated = false;                 // any but these
};

// What cannot be said is added to `translation`.
SuricataScope scope_of(const SuricataRule& rule, const ImportSettings& settings, Translation& translation);

}  // namespace scanner

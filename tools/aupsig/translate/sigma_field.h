// Sigma's log sources and their fields in terms of ours. Pure.
#pragma once

#include "tools/aupsig/translate/sigma_rule.h"
#include "tools/aupsig/translate/text_place.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

enum class SigmaMeaning {
  Text,     // searched in `places`
  Port,     // the responder's port
  True,     // always so of what we search
  Unknown,  // no equal; `why`
};

struct SigmaField {
  SigmaMeaning meaning = SigmaMeaning::Unknown;
  // One key for each text of ours: "exe", "cmdline", "name", … Two keys make two fields.
  std::string key;
  std::vector<TextPlace> alone;    // where it is searched when no other key is: each gives a signature
  std::optional<TextPlace> joint;  // a line of process.traits, beside other keys
  std::string narrower, note;      // what that loses; what is worth knowing
  std::string why;
};

// Nothing and `why` where rules of that source are not translated.
bool sigma_source(const SigmaRule& rule, std::string& why);
bool is_process_rule(const SigmaRule& rule);

// `value`: the first of the item's, since some fields are told by it ("type: EXECVE").
SigmaField sigma_field(const SigmaRule& rule, std::string_view name, std::string_view value);

}  // namespace scanner

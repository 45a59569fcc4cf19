// A Sigma condition with its selections resolved into single questions of ours. Pure.
#pragma once

#include "tools/aupsig/translate/rule_draft.h"
#include "tools/aupsig/translate/sigma_field.h"
#include "tools/aupsig/translate/sigma_rule.h"
#include "tools/aupsig/translate/sigma_value.h"
#include "tools/aupsig/translate/translation.h"

#include <string>
#include <vector>

namespace scanner {

// One value of one field.
struct SigmaAtom {
  SigmaField field;
  std::string name, value;  // as the rule has them
  SigmaMatch match;
  std::vector<std::uint16_t> ports;  // where the meaning is Port
  std::string stem;                  // to name its pattern by: the selection
};

// The question as a tree whose Pattern leaves are indexes into `atoms`. A rule that cannot be
// said has a note that cannot in `translation`, and no term.
struct SigmaLogic {
  std::vector<SigmaAtom> atoms;
  Term term;
  bool usable = false;
};

// What has no equal: as an alternative it is left out and told as narrower, as a part of what is
// excluded it is left out and told as wider; what everything depends on refuses the rule.
SigmaLogic sigma_logic(const SigmaRule& rule, Translation& translation);

// Of several texts that lines of process.traits hold side by side.
inline constexpr std::string_view kJointKey = "traits";

// As alternatives each of which only asks for atoms of one key, where the tree is spread out to
// at most 64, or for atoms that process.traits holds together; alternatives that ask for other
// texts at once are left out and told. In the rule's order.
std::vector<std::pair<std::string, Term>> split_by_key(const SigmaLogic& logic, Translation& translation);

}  // namespace scanner

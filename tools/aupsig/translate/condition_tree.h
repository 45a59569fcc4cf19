// A signature's condition as a tree: for those who write it in another language. Pure.
#pragma once

#include "scanner/signature/dataset.h"
#include "tools/aupsig/translate/rule_draft.h"

#include <optional>
#include <string>
#include <vector>

namespace scanner {

// Of a signature that was loaded, so its condition is known to be sound. Pattern leaves are
// indexes into its patterns; sets of ports are spelled out from `datasets`. Nothing and `problem`
// where it would grow too large: more than 500 ways of "2 of (…)", a set of more than 250 ports.
std::optional<Term> condition_tree(const Signature& signature, const Datasets& datasets, std::string& problem);

// The tree as alternatives of leaves (patterns and ports, or their Not) that all hold; nothing
// where there are more than `most`.
std::optional<std::vector<std::vector<Term>>> alternatives_of(const Term& term, std::size_t most);

}  // namespace scanner

// Examples for a drafted signature: texts on which it provably holds, and near misses that lack
// one thing it needs.
#pragma once

#include "scanner/model/result.h"
#include "scanner/signature/matcher.h"
#include "tools/aupsig/translate/rule_draft.h"

namespace scanner {

// `matcher` holds the draft's signature and no other. Every text is put to the matcher before it
// is taken. An Error: none could be made, which says that the rule asks for what cannot stand
// together, or for more than can be guessed.
Result<void> make_examples(RuleDraft& draft, const Matcher& matcher);

}  // namespace scanner

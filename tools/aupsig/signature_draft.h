// A signature, drafted from how a conversation begins, with the examples that prove it.
#pragma once

#include "tools/aupsig/dialect_draft.h"
#include "tools/aupsig/talk.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

struct SignatureDraft {
  std::string yaml;
  std::vector<std::string> remarks;
};

// `activity` and `name` make its id; `evidence` is its reference. The talk has payload of the side that began.
SignatureDraft draft_signature(const Talk& talk, const std::optional<DialectDraft>& dialect, const DialectSet& dialects, const std::string& activity, const std::string& name, const std::string& evidence);

}  // namespace scanner

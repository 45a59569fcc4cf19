// What concluded a finding, so that a reviewer can look it up years later.
#pragma once

#include "scanner/model/finding.h"
#include "scanner/signature/ruleset.h"

#include <string_view>

namespace scanner {

// Fills in id, revision and content hash where `id` is a signature or a dialect of the
// ruleset; any other id is a detector's and has neither.
void name_source(Finding& finding, const Ruleset& ruleset, std::string_view id);

}  // namespace scanner

// What is wrong or doubtful in files of exceptions (scanner/docs/exceptions.md).
#pragma once

#include "scanner/model/diagnostic.h"
#include "scanner/signature/pack_text.h"

#include <span>
#include <string_view>

namespace scanner {

// X101 to X109, also across the files, and W250 to W253. `ruleset`: what the names are of; null:
// they are not asked about. `today`: "2026-11-30"; "": nothing is told to end.
void check_exceptions(std::span<const PackFile> files, const Ruleset* ruleset, std::string_view today, Diagnostics& problems);

}  // namespace scanner

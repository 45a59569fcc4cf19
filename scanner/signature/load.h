// YAML text → signatures, or everything that is wrong with it.
#pragma once

#include "scanner/model/diagnostic.h"
#include "scanner/signature/signature.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// The closed list of activities (DESIGN §6) that a signature may name.
std::span<const std::string_view> signature_activities();

// One file holds one signature. Problems are added to `diagnostics`, all of them, each with
// its place; a signature with errors is not added to `signatures`. Pure: reads no file.
void load_signature(const std::string& file, std::string_view text, std::vector<Signature>& signatures,
                    Diagnostics& diagnostics);

}  // namespace scanner

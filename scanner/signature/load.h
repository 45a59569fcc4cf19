// YAML text → signatures, or everything that is wrong with it.
#pragma once

#include "scanner/model/diagnostic.h"
#include "scanner/signature/signature.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// The closed list of activities (DESIGN §6) that a signature may name.
std::span<const std::string_view> signature_activities();

// Whether Hyperscan is asked about each pattern (E104 to E106), which is most of the cost of
// loading. Later: for one who knows from elsewhere that these very patterns were asked about.
enum class PatternCheck : std::uint8_t { Now, Later };

// One file holds one signature. Problems are added to `diagnostics`, all of them, each with
// its place; a signature with errors is not added to `signatures`. Pure: reads no file.
void load_signature(const std::string& file, std::string_view text, std::vector<Signature>& signatures,
                    Diagnostics& diagnostics, PatternCheck check = PatternCheck::Now);

}  // namespace scanner

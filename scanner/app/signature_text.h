// What signatures did and which are suspended: for people and for programs.
#pragma once

#include "scanner/engine/signature_book.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace scanner {

nlohmann::ordered_json signatures_json(const std::vector<SignatureCount>& counts);

std::vector<std::string> suspended_signatures(const std::vector<SignatureCount>& counts);  // their ids

// One sentence for each that is suspended; `hits_per_minute`: the bound.
std::vector<std::string> suspension_sentences(const std::vector<SignatureCount>& counts, std::uint64_t hits_per_minute);

}  // namespace scanner

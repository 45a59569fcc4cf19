// What signatures that do not count yet would have done, and how exceptions were used: for people
// and for programs.
#pragma once

#include "scanner/engine/judgement.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

namespace scanner {

nlohmann::ordered_json shadow_json(const std::vector<ShadowCount>& counts);
nlohmann::ordered_json exceptions_json(const std::vector<ExceptionUse>& uses);

// Titles and texts for a page: ("shadow", "mining.pool.x: 12 hits of 3 subjects, 2 with no other sign
// of mining.pool"), ("exception", "lab-1 permitted 4 findings"); of exceptions those that were used.
std::vector<std::pair<std::string, std::string>> life_lines(const std::vector<ShadowCount>& counts, const std::vector<ExceptionUse>& uses);

}  // namespace scanner

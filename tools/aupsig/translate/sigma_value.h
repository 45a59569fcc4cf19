// A Sigma value with its modifiers, as what is wanted in a place of ours. Pure.
#pragma once

#include "tools/aupsig/translate/text_place.h"

#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// How a field's values are to be understood, as the modifiers say.
struct SigmaMatch {
  bool contains = false, startswith = false, endswith = false, all = false, cased = false, regex = false, negated = false;
  bool caseless_regex = false, multiline = false, dotall = false, base64 = false, base64offset = false;
};

// Nothing and `problem` where a modifier is not known here, or has no meaning for us.
std::optional<SigmaMatch> sigma_match(const std::vector<std::string>& modifiers, std::string& problem);

// The chains of which one must be found (base64offset has three). Empty and `problem` where the
// value cannot be said. Wildcards * and ? are room; \* \? and \\ are themselves.
std::vector<TextChain> sigma_chains(std::string_view value, const SigmaMatch& match, const TextPlace& place, std::string& problem);

}  // namespace scanner

// Patterns that people write for paths, names and command lines.
#pragma once

#include <cstdint>
#include <string_view>

namespace scanner {

enum class Star : std::uint8_t {
  AnyButSlash,  // for paths and their parts
  Any,
};

// Does the whole text fit? `*` stands for any number of characters; everything else for itself.
bool matches_pattern(std::string_view pattern, std::string_view text, Star star);

}  // namespace scanner

// Bytes as a person reads them: offset, hex, characters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// Lines of 16 bytes, "00000040  7b 22 …  |{"id"…|"; `offset` is of the first byte. What does not
// fit into `max_lines` is counted in a last line.
std::vector<std::string> hex_view(std::string_view bytes, std::uint64_t offset = 0, std::size_t max_lines = 8);

}  // namespace scanner

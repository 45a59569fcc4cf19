// Numbers in the byte order of a file, where one parser reads both orders.
#pragma once

#include <cstdint>

namespace scanner {

// Chosen once per file, so that the loops over records have no branch for it. The caller
// has checked the bounds.
template <bool BigEndian>
struct Order {
  static std::uint16_t u16(const std::uint8_t* at) {
    return static_cast<std::uint16_t>(BigEndian ? at[0] << 8 | at[1] : at[1] << 8 | at[0]);
  }
  static std::uint32_t u32(const std::uint8_t* at) {
    const auto b = [&](int i) { return std::uint32_t{at[i]}; };
    return BigEndian ? b(0) << 24 | b(1) << 16 | b(2) << 8 | b(3) : b(3) << 24 | b(2) << 16 | b(1) << 8 | b(0);
  }
  static std::uint64_t u64(const std::uint8_t* at) {
    const std::uint64_t first = u32(at);
    const std::uint64_t second = u32(at + 4);
    return BigEndian ? first << 32 | second : second << 32 | first;
  }
};

}  // namespace scanner

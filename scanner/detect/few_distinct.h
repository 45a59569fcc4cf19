// How many different things among those noted: linear counting (Whang et al. 1990) in 64 bits,
// good to about 150.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace scanner {

// Spreads what differs over all bits.
constexpr std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ value >> 32) * 0xd6e8feb86659fd93U;
  return value ^ value >> 29;
}

class FewDistinct {
 public:
  void note(std::uint64_t hash) { bits_ |= std::uint64_t{1} << (mixed(hash) & 63); }
  std::uint32_t count() const {
    constexpr double kBits = 64;
    const int empty = std::max(64 - std::popcount(bits_), 1);
    return static_cast<std::uint32_t>(std::lround(kBits * std::log(kBits / empty)));
  }

 private:
  std::uint64_t bits_ = 0;
};

}  // namespace scanner

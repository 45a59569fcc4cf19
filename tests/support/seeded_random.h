// Random numbers that are the same in every run and on every machine.
#pragma once

#include <cstdint>
#include <limits>
#include <random>

namespace scanner::test {

class SeededRandom {
 public:
  using result_type = std::uint32_t;

  explicit SeededRandom(std::uint32_t seed) : engine_(seed) {}

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }
  result_type operator()() { return static_cast<result_type>(engine_()); }

  std::uint32_t below(std::uint32_t end) { return (*this)() % end; }
  bool one_in(std::uint32_t n) { return below(n) == 0; }

 private:
  std::mt19937 engine_;
};

}  // namespace scanner::test

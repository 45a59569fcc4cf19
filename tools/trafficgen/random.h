// Chance that is the same on every machine: the standard library's distributions are not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace scanner::trafficgen {

// splitmix64 (Steele, Lea and Flood 2014). Not for secrets.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  // A generator of its own for part number `part`, so that what one part draws does not
  // change what the next one gets.
  Random fork(std::uint64_t part) const { return Random(mix(state_ ^ mix(part + 1))); }

  std::uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15ULL); }
  // 0 ≤ result < bound. The bias is below 2^-32 for the small bounds in use.
  std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next() % bound; }
  bool chance(double probability) { return static_cast<double>(next() >> 11) * 0x1.0p-53 < probability; }

  std::string bytes(std::size_t count) {
    std::string out(count, '\0');
    for (char& c : out) c = static_cast<char>(next() >> 56);
    return out;
  }
  // `digits` lower-case hex digits.
  std::string hex(std::size_t digits) {
    std::string out(digits, '0');
    for (char& c : out) c = "0123456789abcdef"[next() >> 60];
    return out;
  }

 private:
  static std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  std::uint64_t state_;
};

}  // namespace scanner::trafficgen

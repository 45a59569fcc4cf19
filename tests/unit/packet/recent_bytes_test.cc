#include "scanner/packet/recent_bytes.h"

#include <catch2/catch.hpp>

#include <random>
#include <vector>

using namespace scanner;

TEST_CASE("bytes that are sent again are compared with those that were delivered, as far as they are kept", "[packet]") {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    const std::uint64_t start = random() % 5000;
    RecentBytes recent(start);
    std::vector<std::uint8_t> delivered;
    for (int piece = 0; piece < 6; ++piece) {
      std::vector<std::uint8_t> bytes(random() % 700);
      for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random() % 3);
      recent.add(start + delivered.size(), bytes);
      delivered.insert(delivered.end(), bytes.begin(), bytes.end());
    }
    std::vector<std::uint8_t> again(random() % 900);
    for (std::uint8_t& byte : again) byte = static_cast<std::uint8_t>(random() % 3);
    const std::uint64_t offset = start + random() % (delivered.size() + 200);
    if (round % 2 == 0)  // the same bytes once more
      for (std::size_t i = 0; i < again.size() && offset - start + i < delivered.size(); ++i) again[i] = delivered[offset - start + i];
    std::size_t differing = 0;
    const std::size_t kept_from = delivered.size() - std::min(delivered.size(), RecentBytes::kCount);
    for (std::size_t i = 0; i < again.size(); ++i) {
      const std::size_t at = offset - start + i;
      if (at >= kept_from && at < delivered.size() && delivered[at] != again[i]) ++differing;
    }
    CHECK(recent.count_differing(offset, again) == differing);
  }
}

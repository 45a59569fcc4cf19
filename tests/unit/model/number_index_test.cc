#include "scanner/model/number_index.h"

#include "tests/support/seeded_random.h"

#include <catch2/catch.hpp>

#include <map>
#include <optional>

using namespace scanner;

TEST_CASE("numbers that come and go at random are always found under their hashes", "[model]") {
  test::SeededRandom random(7);
  NumberIndex index;
  std::map<std::uint32_t, std::uint32_t> hashes;  // by number
  const auto found = [&](std::uint32_t hash, std::uint32_t number) { return index.find(hash, [&](std::uint32_t candidate) { return candidate == number; }); };
  for (std::uint32_t step = 0; step < 20'000; ++step) {
    const auto number = static_cast<std::uint32_t>(random.below(2'000));
    const auto known = hashes.find(number);
    if (known == hashes.end()) {
      // Few different ones, so that many lie in each other's way.
      const auto hash = static_cast<std::uint32_t>(random.below(300)) * 0x01000001U;
      REQUIRE(found(hash, number) == NumberIndex::kNone);
      index.put(hash, number);
      hashes[number] = hash;
    } else {
      REQUIRE(found(known->second, number) == number);
      index.remove(known->second, number);
      hashes.erase(known);
    }
    REQUIRE(index.size() == hashes.size());
  }
  for (const auto& [number, hash] : hashes) CHECK(found(hash, number) == number);
}

TEST_CASE("what lies at home is told without a search", "[model]") {
  NumberIndex index;
  CHECK(index.home(5) == nullptr);
  CHECK(index.at_home(5) == NumberIndex::kNone);
  index.put(5, 1);
  index.put(5, 2);  // behind it
  CHECK(index.home(5) != nullptr);
  CHECK(index.at_home(5) == 1);
  CHECK(index.at_home(6) == NumberIndex::kNone);  // another hash's second
}

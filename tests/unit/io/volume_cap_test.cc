#include "scanner/io/volume_cap.h"

#include <catch2/catch.hpp>

namespace scanner {
namespace {

constexpr Timestamp kNoon{1'767'355'200'000'000'000};

TEST_CASE("each subject has its own hour", "[outbox]") {
  VolumeCap cap(2);
  for (const char* subject : {"a", "b"}) {
    CHECK(cap.allows(subject, kNoon));
    CHECK(cap.allows(subject, kNoon + std::chrono::minutes(1)));
    CHECK_FALSE(cap.allows(subject, kNoon + std::chrono::minutes(59)));
    CHECK(cap.allows(subject, kNoon + std::chrono::minutes(60)));
  }
}

TEST_CASE("what is held back goes when the hour is over, the newest of each incident", "[outbox]") {
  VolumeCap cap(1);
  CHECK(cap.allows("a", kNoon));
  cap.hold("a", "one", "1");
  cap.hold("a", "one", "2");
  cap.hold("a", "two", "3");
  CHECK(cap.waiting());
  CHECK(cap.release(kNoon + std::chrono::minutes(59)).empty());
  const auto released = cap.release(kNoon + std::chrono::minutes(60));
  REQUIRE(released.size() == 1);
  CHECK(released[0].held == 3);
  CHECK(released[0].events == std::vector<std::string>{"2", "3"});
  CHECK_FALSE(cap.waiting());
}

TEST_CASE("at the end everything goes", "[outbox]") {
  VolumeCap cap(1);
  CHECK(cap.allows("a", kNoon));
  cap.hold("a", "one", "1");
  CHECK(cap.release(kNoon, true).size() == 1);
}

TEST_CASE("without a cap everything may leave", "[outbox]") {
  VolumeCap cap(0);
  for (int i = 0; i < 1000; ++i) REQUIRE(cap.allows("a", kNoon));
}

TEST_CASE("subjects that say nothing any more are forgotten", "[outbox]") {
  VolumeCap cap(1);
  for (std::size_t i = 0; i < VolumeCap::kMaxSubjects; ++i) REQUIRE(cap.allows(std::to_string(i), kNoon));
  CHECK_FALSE(cap.allows("7", kNoon + std::chrono::minutes(1)));
  CHECK(cap.allows("new", kNoon + std::chrono::hours(2)));
}

}  // namespace
}  // namespace scanner

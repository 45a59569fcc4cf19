#include "scanner/engine/shadow_book.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

Signature signature(std::uint32_t revision = 1) {
  Signature made;
  made.id = "mining.pool.new";
  made.activity = "mining.pool";
  made.status = SignatureStatus::Shadow;
  made.revision = revision;
  return made;
}

Subject subject(const std::string& id, const std::string& tenant = "") {
  Subject made;
  made.id = id;
  made.tenant = tenant;
  return made;
}

}  // namespace

TEST_CASE("what a signature in shadow would have done is counted by subject and tenant", "[engine][shadow]") {
  ShadowBook book;
  CHECK(book.counts().empty());
  book.count(signature(), subject("tenant:a/1", "a"), {10}, true);
  book.count(signature(), subject("tenant:a/1", "a"), {20}, false);
  book.count(signature(), subject("tenant:b/1", "b"), {30}, true);
  book.count(signature(), subject("tenant:a/2", "a"), {40}, false);
  const auto counts = book.counts();
  REQUIRE(counts.size() == 1);
  CHECK(counts[0].hits == 4);
  CHECK(counts[0].subjects == 3);
  CHECK(counts[0].alone == 2);
  CHECK(counts[0].first == Timestamp{10});
  CHECK(counts[0].last == Timestamp{40});
  CHECK(counts[0].tenants == std::vector<std::pair<std::string, std::uint64_t>>{{"a", 3}, {"b", 1}});
}

TEST_CASE("another revision begins anew", "[engine][shadow]") {
  ShadowBook book;
  book.count(signature(1), subject("x"), {10}, true);
  book.count(signature(2), subject("y"), {20}, true);
  const auto counts = book.counts();
  CHECK(counts[0].hits == 1);
  CHECK(counts[0].revision == 2);
  CHECK(counts[0].first == Timestamp{20});
}

TEST_CASE("many subjects and tenants do not fill the memory", "[engine][shadow]") {
  ShadowBook book;
  for (std::uint64_t i = 0; i < 10'000; ++i) book.count(signature(), subject("s" + std::to_string(i), "t" + std::to_string(i)), {1}, true);
  const auto counts = book.counts();
  CHECK(counts[0].hits == 10'000);
  CHECK(counts[0].subjects == ShadowBook::kMaxSubjects);
  CHECK(counts[0].tenants.size() == ShadowBook::kMaxTenants + 1);
  CHECK(counts[0].tenants[0] == std::pair<std::string, std::uint64_t>("…", 10'000 - ShadowBook::kMaxTenants));
}

#include "scanner/engine/signature_book.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

constexpr std::int64_t kOneSecond = 1'000'000'000;

Signature counted(const std::string& id, Field field, std::uint32_t revision = 1) {
  Signature made;
  made.id = id;
  made.activity = "mining.pool";
  made.field = field;
  made.status = SignatureStatus::Active;
  made.revision = revision;
  return made;
}

std::shared_ptr<const Ruleset> counted_rules(std::vector<Signature> signatures) {
  Diagnostics diagnostics;
  return Ruleset::make(std::move(signatures), {}, {}, diagnostics);
}

}  // namespace

TEST_CASE("a signature that holds more often in a minute than it may is suspended at that hit", "[engine][guard]") {
  const auto ruleset = counted_rules({counted("a", Field::DnsName), counted("b", Field::DnsName)});
  SignatureBook book(*ruleset, 3);
  for (int i = 0; i < 3; ++i) CHECK(book.count_hit(0, {i * kOneSecond}, false));
  CHECK(book.suspensions() == 0);
  CHECK_FALSE(book.count_hit(0, {3 * kOneSecond}, false));
  CHECK_FALSE(book.count_hit(0, {400 * kOneSecond}, false));
  CHECK(book.count_hit(1, {400 * kOneSecond}, false));
  CHECK(book.suspensions() == 1);
  CHECK(book.suspended() == std::vector<std::uint8_t>{1, 0});
  const auto counts = book.counts();
  CHECK(counts[0].hits == 5);
  CHECK(counts[0].held_back == 2);
  CHECK(counts[0].last == Timestamp{2 * kOneSecond});
  CHECK(counts[0].suspended == Timestamp{3 * kOneSecond});
  CHECK_FALSE(counts[1].suspended);
}

TEST_CASE("hits that are spread over minutes suspend nothing, and neither does a bound of 0", "[engine][guard]") {
  const auto ruleset = counted_rules({counted("a", Field::DnsName)});
  SignatureBook book(*ruleset, 3);
  for (int i = 0; i < 100; ++i) CHECK(book.count_hit(0, {i * 20 * kOneSecond}, false));
  SignatureBook unguarded(*ruleset, 0);
  for (int i = 0; i < 100'000; ++i) REQUIRE(unguarded.count_hit(0, {1}, false));
}

TEST_CASE("signatures on processes are counted and never suspended: a breach may rest on them", "[engine][guard]") {
  const auto ruleset = counted_rules({counted("a", Field::ProcessCommandLine)});
  SignatureBook book(*ruleset, 3);
  for (int i = 0; i < 100; ++i) CHECK(book.count_hit(0, {1}, false));
  CHECK(book.counts()[0].hits == 100);
}

TEST_CASE("a suspended signature counts again when a person resumes it, or when other rules come", "[engine][guard]") {
  const auto ruleset = counted_rules({counted("a", Field::DnsName), counted("b", Field::DnsName), counted("c", Field::DnsName)});
  SignatureBook book(*ruleset, 1);
  CHECK_FALSE(book.resume("a"));
  for (const std::size_t index : {0U, 2U}) {
    CHECK(book.count_hit(index, {1}, false));
    CHECK_FALSE(book.count_hit(index, {1}, false));
  }
  CHECK_FALSE(book.resume("no-such-thing"));
  CHECK(book.resume("a"));
  CHECK(book.count_hit(0, {1}, false));
  CHECK_FALSE(book.count_hit(0, {1}, false));
  CHECK(book.suspensions() == 3);
  const auto others = counted_rules({counted("a", Field::DnsName, 2), counted("c", Field::DnsName)});
  book.use(*others);
  CHECK(book.suspended() == std::vector<std::uint8_t>{0, 0});
  CHECK(book.count_hit(1, {1}, false));
  const auto counts = book.counts();
  CHECK(counts[0].hits == 0);  // another revision
  CHECK(counts[1].hits == 3);  // goes on
}

TEST_CASE("what a signature found, what was permitted and what was switched off is counted apart", "[engine][guard]") {
  const auto ruleset = counted_rules({counted("a", Field::DnsName)});
  SignatureBook book(*ruleset, 0);
  book.count_finding("a");
  book.count_finding("mining-ladder");
  book.count_permitted("a");
  CHECK(book.count_hit(0, {1}, true));
  const auto counts = book.counts();
  CHECK(counts[0].findings == 1);
  CHECK(counts[0].permitted == 1);
  CHECK(counts[0].silenced == 1);
}

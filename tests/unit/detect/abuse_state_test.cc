// What the abuse detectors keep their state in: bounded, and nobody pushes out anybody else.
#include "scanner/detect/answered_hosts.h"
#include "scanner/detect/contact_set.h"
#include "scanner/detect/cusum.h"
#include "scanner/detect/rate_window.h"
#include "scanner/detect/subject_table.h"

#include <catch2/catch.hpp>

#include <string>

using namespace scanner;
using namespace std::chrono_literals;

namespace {

constexpr Timestamp kStart{1'700'000'000'000'000'000};
IpAddress host(std::uint32_t number) { return IpAddress::v4(0xc0000000U + number); }

}  // namespace

TEST_CASE("a full table takes no newcomer and keeps what it has", "[abuse]") {
  SubjectTable<int, std::string> table(3, 60s);
  for (int i = 0; i < 3; ++i) *table.obtain(i, kStart) = std::to_string(i);
  for (int i = 3; i < 1000; ++i) CHECK(table.obtain(i, kStart + 59s) == nullptr);
  CHECK(table.refused() == 997);
  for (int i = 0; i < 3; ++i) CHECK(*table.find(i, kStart + 59s) == std::to_string(i));
}

TEST_CASE("who was idle gives the place up, and whoever was touched does not", "[abuse]") {
  SubjectTable<int, std::string> table(2, 60s);
  *table.obtain(1, kStart) = "one";
  *table.obtain(2, kStart) = "two";
  table.find(1, kStart + 50s);
  REQUIRE(table.obtain(3, kStart + 61s) != nullptr);
  CHECK(table.find(2, kStart + 61s) == nullptr);
  CHECK(*table.find(1, kStart + 61s) == "one");
  CHECK(table.size() == 2);
}

TEST_CASE("what is told of the past makes nobody older, and keeps nobody's place", "[abuse]") {
  SubjectTable<int, std::string> table(2, 60s);
  table.obtain(1, kStart + 100s);
  table.obtain(2, kStart);  // told late
  CHECK(table.obtain(3, kStart + 61s) == nullptr);
  CHECK(table.find(2, kStart + 120s) != nullptr);
  REQUIRE(table.obtain(3, kStart + 161s) != nullptr);
  CHECK(table.find(1, kStart + 161s) == nullptr);
  CHECK(table.find(2, kStart + 161s) != nullptr);
}

TEST_CASE("whoever was turned away may come a second later", "[abuse]") {
  struct State {
    bool weak() const { return true; }
  };
  SubjectTable<int, State> table(1, 30min);
  table.obtain(1, kStart);
  CHECK(table.obtain(2, kStart + 59s) == nullptr);
  CHECK(table.obtain(2, kStart + 61s) != nullptr);
  CHECK(table.refused() == 1);
}

TEST_CASE("a million forged sources change nothing for those who were there", "[abuse]") {
  SubjectTable<IpAddress, std::uint64_t> table(1024, 30min);
  *table.obtain(host(0), kStart) = 42;
  for (std::uint32_t i = 1; i < 1'000'000; ++i) table.obtain(host(i), kStart + i * 1ms);
  CHECK(table.size() <= 1024);
  CHECK(*table.find(host(0), kStart + 1000s) == 42);
}

TEST_CASE("a state that nothing is known of gives its place up sooner, one that has something does not", "[abuse]") {
  struct State {
    bool empty = true;
    bool weak() const { return empty; }
  };
  SubjectTable<int, State> table(3, 30min);
  table.obtain(1, kStart)->empty = false;
  table.obtain(2, kStart);
  table.obtain(3, kStart);
  CHECK(table.obtain(4, kStart + 59s) == nullptr);
  CHECK(table.obtain(4, kStart + 61s) != nullptr);
  CHECK(table.find(1, kStart + 61s) != nullptr);
  CHECK(table.find(2, kStart + 61s) == nullptr);
}

TEST_CASE("only the first contact counts, and a late answer turns a failure", "[abuse]") {
  ContactSet contacts;
  CHECK(contacts.note(7, ContactOutcome::Failed).first);
  CHECK_FALSE(contacts.note(7, ContactOutcome::Failed).first);
  const auto turned = contacts.note(7, ContactOutcome::Answered);
  CHECK(turned.turned);
  CHECK_FALSE(turned.first);
  CHECK_FALSE(contacts.note(7, ContactOutcome::Answered).turned);
  CHECK_FALSE(contacts.note(7, ContactOutcome::Failed).first);
}

TEST_CASE("contacts are bounded, whatever their number", "[abuse]") {
  ContactSet contacts, few(64);
  std::size_t first = 0;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    first += contacts.note(ContactSet::key_of({host(i), 80}, IpProtocol::Tcp), ContactOutcome::Failed).first ? 1 : 0;
    few.note(i + 1, ContactOutcome::Failed);
  }
  CHECK(contacts.size() <= ContactSet::kMost);
  CHECK(few.size() <= 64);
  CHECK(first == 100'000);
}

TEST_CASE("of a few hundred contacts nearly all are remembered", "[abuse]") {
  ContactSet contacts;
  std::size_t again = 0;
  for (int round = 0; round < 2; ++round)
    for (std::uint32_t i = 0; i < 300; ++i)
      again += contacts.note(ContactSet::key_of({host(i), 80}, IpProtocol::Tcp), ContactOutcome::Failed).first ? 0 : 1;
  CHECK(again >= 280);
}

TEST_CASE("hosts that answered are counted to within a quarter, by service, and forgotten in time", "[abuse]") {
  AnsweredHosts answered(30min);
  for (std::uint32_t i = 0; i < 50; ++i)
    for (int again = 0; again < 3; ++again) answered.note(host(1), IpProtocol::Tcp, {host(1000 + i), 443}, kStart);
  CHECK(answered.count(host(1), IpProtocol::Tcp, 443, kStart) >= 37);
  CHECK(answered.count(host(1), IpProtocol::Tcp, 443, kStart) <= 63);
  CHECK(answered.count(host(1), IpProtocol::Tcp, 80, kStart) == 0);
  CHECK(answered.count(host(2), IpProtocol::Tcp, 443, kStart) == 0);
  CHECK(answered.count(host(1), IpProtocol::Tcp, 443, kStart + 31min) == 0);
}

TEST_CASE("a window counts what lies in it", "[abuse]") {
  RateWindow window;
  for (int i = 0; i < 60; ++i) window.add(kStart + i * 10s, 10min);
  CHECK(window.count(kStart + 590s, 10min) == 60);
  const auto later = window.count(kStart + 15min, 10min);
  CHECK(later >= 25);
  CHECK(later <= 35);
  CHECK(window.count(kStart + 30min, 10min) == 0);
}

TEST_CASE("a burst rises and falls, a flood goes on rising", "[abuse]") {
  const RateLimits limits{20, 100, 3000, 200};
  Cusum burst, flood, usual;
  burst.add(kStart, 150, limits);
  CHECK(burst.height(limits) == 130);
  burst.add(kStart + 30s, 1, limits);
  CHECK(burst.height(limits) == 0);
  for (int second = 0; second < 10; ++second) {
    flood.add(kStart + second * 1s, 500, limits);
    usual.add(kStart + second * 1s, 19, limits);
  }
  CHECK(flood.height(limits) == 4800);
  CHECK(flood.peak() == 500);
  CHECK(flood.total() == 5000);
  CHECK(usual.height(limits) == 0);
}

TEST_CASE("the range that covers addresses is the smallest", "[abuse]") {
  Cidr range(*IpAddress::parse("198.51.100.1"));
  CHECK(range.covering(*IpAddress::parse("198.51.100.1")).to_string() == "198.51.100.1/32");
  range = range.covering(*IpAddress::parse("198.51.100.2"));
  CHECK(range.to_string() == "198.51.100.0/30");
  range = range.covering(*IpAddress::parse("198.51.100.200"));
  CHECK(range.to_string() == "198.51.100.0/24");
}

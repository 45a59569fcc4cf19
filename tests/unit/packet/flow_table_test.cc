#include "scanner/packet/flow_table.h"

#include "tests/support/seeded_random.h"

#include <catch2/catch.hpp>

#include <map>

using namespace scanner;
using namespace scanner::test;

namespace {

FiveTuple tuple(std::uint32_t host, std::uint16_t port) {
  return {{IpAddress::v4(0xc0000200U + host), port}, {IpAddress::v4(0xc6336402U), 3333}, IpProtocol::Tcp};
}

FlowEntry& add(FlowTable& table, const FiveTuple& added, IdleClass idle_class = IdleClass::TcpOpen) {
  FlowEntry& entry = table.add(table.hash({added, 0}), idle_class);
  entry.flow.ref.tuple = added;
  return entry;
}

FlowEntry* find(FlowTable& table, const FiveTuple& wanted) {
  Direction d = Direction::FromInitiator;
  return table.find({wanted, 0}, table.hash({wanted, 0}), d);
}

}  // namespace

TEST_CASE("a flow is found from both sides, with the direction", "[packet]") {
  FlowTable table;
  table.set_seed(7);
  const FiveTuple key = tuple(1, 40000);
  FlowEntry& entry = add(table, key);
  Direction d = Direction::FromResponder;
  CHECK(table.find({key, 0}, table.hash({key, 0}), d) == &entry);
  CHECK(d == Direction::FromInitiator);
  const FiveTuple back = key.reversed();
  CHECK(table.hash({back, 0}) == table.hash({key, 0}));
  CHECK(table.find({back, 0}, table.hash({back, 0}), d) == &entry);
  CHECK(d == Direction::FromResponder);
  CHECK(find(table, tuple(1, 40001)) == nullptr);
}

TEST_CASE("ports that change sides make another flow", "[packet]") {
  FlowTable table;
  FiveTuple key = tuple(1, 40000);
  add(table, key);
  std::swap(key.source.port, key.destination.port);
  CHECK(find(table, key) == nullptr);
}

TEST_CASE("the hash depends on its seed", "[packet]") {
  FlowTable one, two;
  one.set_seed(1);
  two.set_seed(2);
  int equal = 0;
  for (std::uint16_t port = 0; port < 100; ++port)
    equal += one.hash({tuple(1, port), 0}) == two.hash({tuple(1, port), 0}) ? 1 : 0;
  CHECK(equal <= 1);
}

TEST_CASE("flows that come and go at random are always found, in the order of their last touch", "[packet]") {
  FlowTable table;
  std::map<std::uint32_t, FlowEntry*> present;
  std::vector<std::uint32_t> order;
  SeededRandom random(2);
  for (int i = 0; i < 20000; ++i) {
    const std::uint32_t host = random.below(400);
    const auto found = present.find(host);
    if (found == present.end()) {
      present[host] = &add(table, tuple(host, 1));
      order.push_back(host);
    } else if (random.one_in(2)) {
      table.remove(*found->second);
      present.erase(found);
      std::erase(order, host);
    } else {
      table.touch(*found->second, IdleClass::TcpOpen);
      std::erase(order, host);
      order.push_back(host);
    }
    if (i % 100 != 0) continue;
    for (std::uint32_t other = 0; other < 400; ++other)
      REQUIRE(find(table, tuple(other, 1)) == (present.contains(other) ? present[other] : nullptr));
    REQUIRE(table.size() == present.size());
    if (!order.empty()) REQUIRE(table.least_recent(IdleClass::TcpOpen) == present[order.front()]);
  }
}

TEST_CASE("a flow moves between the lists of the idle classes", "[packet]") {
  FlowTable table;
  FlowEntry& one = add(table, tuple(1, 1), IdleClass::TcpOpening);
  FlowEntry& two = add(table, tuple(2, 1), IdleClass::TcpOpening);
  table.touch(one, IdleClass::TcpOpen);
  CHECK(table.least_recent(IdleClass::TcpOpening) == &two);
  CHECK(table.least_recent(IdleClass::TcpOpen) == &one);
  CHECK(table.size(IdleClass::TcpOpening) == 1);
  table.remove(two);
  CHECK(table.least_recent(IdleClass::TcpOpening) == nullptr);
  CHECK(table.least_recent(IdleClass::Datagram) == nullptr);
}

TEST_CASE("an ignored flow costs less than 400 bytes", "[packet]") { CHECK(sizeof(FlowEntry) + 8 + 32 <= 400); }

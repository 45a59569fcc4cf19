#include "scanner/detect/known_names.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

DnsSeen answer(const std::string& name, const char* address) {
  DnsSeen dns;
  dns.name = name;
  dns.response = true;
  dns.addresses = {*IpAddress::parse(address)};
  return dns;
}

}  // namespace

TEST_CASE("a name binds for its asker first and then for anybody", "[detect]") {
  KnownNames names;
  const auto alice = *IpAddress::parse("192.0.2.1"), bob = *IpAddress::parse("192.0.2.2"), pool = *IpAddress::parse("198.51.100.1");
  names.learn(answer("a.example.net", "198.51.100.1"), alice);
  names.learn(answer("b.example.net", "198.51.100.1"), bob);
  CHECK(names.name_of(alice, pool) == "a.example.net");
  CHECK(names.name_of(bob, pool) == "b.example.net");
  CHECK(names.name_of(*IpAddress::parse("192.0.2.3"), pool) == "b.example.net");
  CHECK(names.name_of(alice, bob).empty());
}

TEST_CASE("a question binds nothing", "[detect]") {
  KnownNames names;
  DnsSeen question = answer("a.example.net", "198.51.100.1");
  question.response = false;
  names.learn(question, *IpAddress::parse("192.0.2.1"));
  CHECK(names.size() == 0);
}

TEST_CASE("bindings are bounded and the oldest goes first", "[detect]") {
  KnownNames names(4);
  const auto asker = *IpAddress::parse("192.0.2.1");
  for (int i = 1; i <= 10; ++i) names.learn(answer("n" + std::to_string(i) + ".example.net", ("198.51.100." + std::to_string(i)).c_str()), asker);
  CHECK(names.size() <= 4);
  CHECK(names.name_of(asker, *IpAddress::parse("198.51.100.10")) == "n10.example.net");
  CHECK(names.name_of(asker, *IpAddress::parse("198.51.100.1")).empty());
}

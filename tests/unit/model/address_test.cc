#include "scanner/model/address.h"

#include <catch2/catch.hpp>

using namespace scanner;

TEST_CASE("an address is printed as RFC 5952 asks and reads back", "[model]") {
  for (const char* text : {"192.0.2.1", "2001:db8::1", "::", "ff02::1"}) {
    const auto address = IpAddress::parse(text);
    REQUIRE(address);
    CHECK(address->to_string() == text);
  }
  CHECK_FALSE(IpAddress::parse("192.0.2.256"));
  CHECK_FALSE(IpAddress::parse(""));
}

TEST_CASE("multicast, broadcast and unspecified addresses are never subjects", "[model]") {
  for (const char* text : {"224.0.0.1", "255.255.255.255", "0.0.0.0", "::", "ff02::1"}) CHECK_FALSE(IpAddress::parse(text)->can_be_subject());
  for (const char* text : {"192.0.2.1", "10.0.0.1", "2001:db8::1"}) CHECK(IpAddress::parse(text)->can_be_subject());
}

TEST_CASE("a range contains its addresses and no others", "[model]") {
  const auto range = Cidr::parse("192.0.2.128/25");
  REQUIRE(range);
  CHECK(range->contains(*IpAddress::parse("192.0.2.200")));
  CHECK_FALSE(range->contains(*IpAddress::parse("192.0.2.1")));
  CHECK_FALSE(range->contains(*IpAddress::parse("2001:db8::1")));
  CHECK(range->to_string() == "192.0.2.128/25");
  CHECK(Cidr::parse("2001:db8::/33")->contains(*IpAddress::parse("2001:db8:7fff::1")));
  CHECK_FALSE(Cidr::parse("2001:db8::/33")->contains(*IpAddress::parse("2001:db8:8000::1")));
  CHECK_FALSE(Cidr::parse("192.0.2.0/33"));
}

TEST_CASE("the Community ID equals the specification's baseline in both directions", "[model]") {
  const FiveTuple tuple{{*IpAddress::parse("128.232.110.120"), 34855}, {*IpAddress::parse("66.35.250.204"), 80}, IpProtocol::Tcp};
  CHECK(community_id(tuple) == "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
  CHECK(community_id(tuple.reversed()) == "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
}

TEST_CASE("the symmetric hash is equal for both directions and differs by port", "[model]") {
  FiveTuple tuple{{*IpAddress::parse("192.0.2.1"), 1000}, {*IpAddress::parse("192.0.2.2"), 80}, IpProtocol::Tcp};
  CHECK(symmetric_hash(tuple) == symmetric_hash(tuple.reversed()));
  const auto before = symmetric_hash(tuple);
  tuple.source.port = 1001;
  CHECK(symmetric_hash(tuple) != before);
}

#include "scanner/packet/decode.h"

#include "tests/support/packet_builder.h"

#include <catch2/catch.hpp>

#include <string>

using namespace scanner;
using namespace scanner::test;

namespace {

struct Result : Decoded {
  Buffer bytes;
};

Result decode_built(const PacketBuilder& builder) {
  Result result;
  result.bytes = builder.build();
  decode(packet_of(result.bytes), result);
  return result;
}

PacketBuilder outer() { return PacketBuilder().ethernet().ip("203.0.113.1", "203.0.113.2"); }
PacketBuilder outer6() { return PacketBuilder().ethernet().ip("2001:db8:1::1", "2001:db8:1::2"); }

PacketBuilder& hello(PacketBuilder& builder) {
  return builder.ip("192.0.2.1", "198.51.100.2").tcp(40000, 3333).payload("hello");
}
PacketBuilder& hello6(PacketBuilder& builder) {
  return builder.ip("2001:db8::1", "2001:db8::2").tcp(40000, 3333).payload("hello");
}

void check_inner(const Decoded& decoded, int tunnels, const char* source = "192.0.2.1") {
  REQUIRE(decoded.status == DecodeStatus::Ok);
  CHECK(decoded.tuple.source == Endpoint{*IpAddress::parse(source), 40000});
  CHECK(decoded.tuple.protocol == IpProtocol::Tcp);
  CHECK(as_text(decoded.payload) == "hello");
  CHECK(decoded.encapsulations == tunnels);
}

void check_stays_udp(const Decoded& decoded, std::size_t payload) {
  REQUIRE(decoded.status == DecodeStatus::Ok);
  CHECK(decoded.tuple.protocol == IpProtocol::Udp);
  CHECK(decoded.payload.size() == payload);
  CHECK(decoded.encapsulations == 0);
  CHECK(decoded.vni == 0);
}

}  // namespace

TEST_CASE("GRE is opened with every combination of its optional fields", "[packet]") {
  for (int bits = 0; bits < 8; ++bits) {
    PacketBuilder packet = outer().gre({(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0});
    check_inner(decode_built(hello(packet)), 1);
  }
}

TEST_CASE("GRE bridges Ethernet and carries IPv6", "[packet]") {
  PacketBuilder bridge = outer().gre().ethernet(), six = outer6().gre();
  check_inner(decode_built(hello(bridge)), 1);
  check_inner(decode_built(hello6(six)), 1, "2001:db8::1");
}

TEST_CASE("PPTP's GRE carries PPP", "[packet]") {
  PacketBuilder packet = outer().pptp();
  check_inner(decode_built(hello(packet)), 1);
}

TEST_CASE("GRE with a type that is not opened keeps the outer addresses", "[packet]") {
  const Result decoded = decode_built(outer().gre().payload("x"));
  CHECK(decoded.status == DecodeStatus::NoTransport);
  CHECK(decoded.tuple.source.address == *IpAddress::parse("203.0.113.1"));
}

TEST_CASE("IP within IP is opened, v4 and v6 in each other", "[packet]") {
  PacketBuilder four = outer(), six_in_four = outer(), four_in_six = outer6(), six = outer6();
  check_inner(decode_built(hello(four)), 1);
  check_inner(decode_built(hello6(six_in_four)), 1, "2001:db8::1");
  check_inner(decode_built(hello(four_in_six)), 1);
  check_inner(decode_built(hello6(six)), 1, "2001:db8::1");
}

TEST_CASE("VXLAN is opened on both of its ports and gives the network", "[packet]") {
  for (const std::uint16_t port : {std::uint16_t{4789}, std::uint16_t{8472}}) {
    PacketBuilder packet = outer().vxlan(0x123456, port).ethernet();
    const Result decoded = decode_built(hello(packet));
    check_inner(decoded, 1);
    CHECK(decoded.vni == 0x123456);
  }
}

TEST_CASE("GENEVE is opened past its options", "[packet]") {
  PacketBuilder packet = outer().geneve(42, 12).ethernet(), bare = outer().geneve(42);
  const Result decoded = decode_built(hello(packet));
  check_inner(decoded, 1);
  CHECK(decoded.vni == 42);
  check_inner(decode_built(hello6(bare)), 1, "2001:db8::1");
}

TEST_CASE("Teredo is opened with and without its indications", "[packet]") {
  for (const bool origin : {false, true}) {
    PacketBuilder packet = outer().teredo(origin).ip("2001::1", "2001:db8::2").tcp(40000, 3333).payload("hello");
    check_inner(decode_built(packet), 1, "2001::1");
  }
}

TEST_CASE("a UDP payload that is no tunnel stays one whatever its port", "[packet]") {
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{4789, 8472, 6081, 3544}) {
    check_stays_udp(decode_built(outer().udp(53, port).payload(std::string(100, 'a'))), 100);
    check_stays_udp(decode_built(outer().udp(53, port).payload(std::string(100, '\0'))), 100);
    check_stays_udp(decode_built(outer().udp(53, port)), 0);
  }
}

TEST_CASE("a VXLAN header with a reserved bit, or round no Ethernet frame, is a UDP payload", "[packet]") {
  PacketBuilder packet = outer().vxlan(1).ethernet();
  hello(packet);
  const std::size_t size = packet.build().size() - 14 - 20 - 8;
  for (const std::size_t at : {42U, 43U, 45U, 49U})
    check_stays_udp(decode_built(PacketBuilder(packet).patch(at, 0x07)), size);
  check_stays_udp(decode_built(PacketBuilder(packet).patch(62, 0x77)), size);
  PacketBuilder source_port_only = outer().udp(4789, 53).payload(std::string(60, 'x'));
  check_stays_udp(decode_built(source_port_only), 60);
}

TEST_CASE("a GENEVE header of another version or with reserved bits is a UDP payload", "[packet]") {
  PacketBuilder packet = outer().geneve(1).ethernet();
  hello(packet);
  const std::size_t size = packet.build().size() - 14 - 20 - 8;
  check_stays_udp(decode_built(PacketBuilder(packet).patch(42, 0x40)), size);
  check_stays_udp(decode_built(PacketBuilder(packet).patch(43, 0x01)), size);
  check_stays_udp(decode_built(PacketBuilder(packet).patch(49, 0x01)), size);
}

TEST_CASE("six tunnels are opened and a seventh is too deep", "[packet]") {
  PacketBuilder six = outer(), seven = outer();
  for (int i = 0; i < 5; ++i) six.ip("203.0.113.3", "203.0.113.4");
  for (int i = 0; i < 6; ++i) seven.ip("203.0.113.3", "203.0.113.4");
  check_inner(decode_built(hello(six)), 6);
  CHECK(decode_built(hello(seven)).status == DecodeStatus::TooDeep);
}

TEST_CASE("the snaplen's cut is carried through a tunnel", "[packet]") {
  PacketBuilder packet = outer().vxlan(9).ethernet();
  const Buffer bytes = hello(packet).build();
  Decoded decoded;
  decode(packet_of(bytes, LinkType::Ethernet, bytes.size() - 3), decoded);
  REQUIRE(decoded.status == DecodeStatus::Ok);
  CHECK(as_text(decoded.payload) == "he");
  CHECK(decoded.payload_cut == 3);
}

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

TEST_CASE("ERSPAN of all three types leads to the mirrored frame", "[packet]") {
  const GreHeader numbered{false, false, true};
  PacketBuilder one = outer().gre().erspan(1).ethernet(), two = outer().gre(numbered).erspan(2).ethernet();
  PacketBuilder three = outer().gre(numbered).erspan(3).ethernet();
  PacketBuilder longer = outer().gre(numbered).erspan(3, true).ethernet().vlan(7);
  PacketBuilder ip = outer6().gre(numbered).erspan(3, true);
  for (PacketBuilder* packet : {&one, &two, &three, &longer, &ip}) check_inner(decode_built(hello(*packet)), 1);
}

TEST_CASE("a mirrored frame that the switch cut has the length that its headers say", "[packet]") {
  for (const int type : {2, 3}) {
    const auto mirrored = [type](bool truncated) {
      PacketBuilder packet = outer().gre({false, false, true}).erspan(type, false, truncated).ethernet();
      Buffer bytes = hello(packet).build();
      bytes.resize(bytes.size() - 3);
      // The outer packet is whole: its length is that of what was sent.
      bytes[17] = static_cast<std::uint8_t>(bytes.size() - 14);
      return bytes;
    };
    Result cut, lying;
    cut.bytes = mirrored(true);
    decode(packet_of(cut.bytes), cut);
    REQUIRE(cut.status == DecodeStatus::Ok);
    CHECK(as_text(cut.payload) == "he");
    CHECK(cut.payload_cut == 3);
    lying.bytes = mirrored(false);
    decode(packet_of(lying.bytes), lying);
    CHECK(lying.status == DecodeStatus::Malformed);
  }
}

TEST_CASE("ERSPAN of another version or of frames that are not Ethernet is not opened", "[packet]") {
  const GreHeader numbered{false, false, true};
  const std::size_t erspan = 14 + 20 + 8;
  const auto patched = [&](int type, std::size_t at, std::uint8_t value) {
    PacketBuilder packet = outer().gre(numbered).erspan(type).ethernet();
    return decode_built(hello(packet).patch(erspan + at, value)).status;
  };
  CHECK(patched(2, 0, 0x20) == DecodeStatus::Malformed);
  CHECK(patched(3, 0, 0x10) == DecodeStatus::Malformed);
  CHECK(patched(3, 10, 0x14) == DecodeStatus::NoTransport);  // frame type 5
}

TEST_CASE("NVGRE's subnet is a network number, a plain GRE key is none", "[packet]") {
  PacketBuilder subnet = outer().gre({false, true, false, 0x2a000701}).ethernet();
  const Result found = decode_built(hello(subnet));
  check_inner(found, 1);
  CHECK(found.vni == 0x2a0007);
  PacketBuilder plain = outer().gre({false, true, false, 0x000fff01}).ethernet();
  CHECK(decode_built(hello(plain)).vni == 0);
  PacketBuilder numbered = outer().gre({false, true, true, 0x2a000701}).ethernet();
  CHECK(decode_built(hello(numbered)).vni == 0);
}

TEST_CASE("VXLAN-GPE says what it carries", "[packet]") {
  PacketBuilder four = outer().vxlan_gpe(9), six = outer6().vxlan_gpe(9), frame = outer().vxlan_gpe(9).ethernet();
  const Result decoded = decode_built(hello(four));
  check_inner(decoded, 1);
  CHECK(decoded.vni == 9);
  check_inner(decode_built(hello6(six)), 1, "2001:db8::1");
  check_inner(decode_built(hello(frame)), 1);
  const std::size_t header = 14 + 20 + 8;
  const auto patched = [&](std::size_t at, std::uint8_t value) {
    PacketBuilder packet = outer().vxlan_gpe(9);
    return decode_built(hello(packet).patch(header + at, value));
  };
  for (const auto& [at, value] : {std::pair{0, 0x0d}, {0, 0x08}, {1, 1}, {3, 2}, {3, 4}, {7, 1}})
    check_stays_udp(patched(static_cast<std::size_t>(at), static_cast<std::uint8_t>(value)), 8 + 45);
}

TEST_CASE("GTP-U is opened with and without sequence numbers and extension headers", "[packet]") {
  for (const bool sequence : {false, true})
    for (const std::size_t extensions : {0U, 1U, 3U}) {
      CAPTURE(sequence, extensions);
      PacketBuilder four = outer().gtp(sequence, extensions), six = outer6().gtp(sequence, extensions);
      PacketBuilder frame = outer().gtp(sequence, extensions).ethernet();
      check_inner(decode_built(hello(four)), 1);
      check_inner(decode_built(hello6(six)), 1, "2001:db8::1");
      check_inner(decode_built(hello(frame)), 1);
    }
}

TEST_CASE("what comes to GTP-U's port is UDP unless all of it fits", "[packet]") {
  const std::size_t header = 14 + 20 + 8;
  const auto patched = [&](std::size_t at, std::uint8_t value) {
    PacketBuilder packet = outer().gtp(false, 1);
    return decode_built(hello(packet).patch(header + at, value));
  };
  const std::size_t whole = 12 + 4 + 45;
  check_stays_udp(patched(0, 0x54), whole);   // version 2
  check_stays_udp(patched(0, 0x3c), whole);   // a reserved bit
  check_stays_udp(patched(1, 1), whole);      // an echo request
  check_stays_udp(patched(3, 9), whole);      // a length of another packet
  check_stays_udp(patched(12, 0), whole);     // an extension without length
  check_stays_udp(patched(12, 255), whole);   // and one beyond the packet
  check_stays_udp(patched(16, 0x55), whole);  // no IP inside
  PacketBuilder endless = outer().gtp(false, 40);
  check_stays_udp(decode_built(hello(endless)), 12 + 160 + 45);
}

TEST_CASE("L2TP's data messages carry PPP, in both directions of a connection", "[packet]") {
  PacketBuilder four = outer().l2tp().ppp(), six = outer6().l2tp().ppp(false);
  check_inner(decode_built(hello(four)), 1);
  check_inner(decode_built(hello6(six)), 1, "2001:db8::1");
  PacketBuilder to_client = outer().l2tp().ppp();
  check_inner(decode_built(hello(to_client).patch(36, 0xc3).patch(37, 0x50)), 1);
  const std::size_t header = 14 + 20 + 8;
  const auto patched = [&](std::size_t at, std::uint8_t value) {
    PacketBuilder packet = outer().l2tp().ppp();
    return decode_built(hello(packet).patch(header + at, value));
  };
  check_stays_udp(patched(0, 0xc0), 8 + 4 + 45);   // a control message
  check_stays_udp(patched(1, 3), 8 + 4 + 45);      // version 3
  check_stays_udp(patched(3, 1), 8 + 4 + 45);      // a length of another packet
  check_stays_udp(patched(11, 0x23), 8 + 4 + 45);  // PPP that is no IP
}

TEST_CASE("tunnels of different kinds nest up to the bound, and one more is too deep", "[packet]") {
  const GreHeader numbered{false, false, true};
  const auto nested = [&](bool one_more) {
    PacketBuilder packet = outer().vxlan_gpe(5).ip("203.0.113.3", "203.0.113.4").gre(numbered).erspan(2).ethernet();
    packet.ip("2001:db8:2::1", "2001:db8:2::2").gtp(true, 1).ip("203.0.113.5", "203.0.113.6").l2tp().ppp();
    packet.ip("203.0.113.7", "203.0.113.8").gre().ip("2001:db8:3::1", "2001:db8:3::2");
    if (one_more) packet.ip("2001:db8:4::1", "2001:db8:4::2");
    return decode_built(hello(packet));
  };
  check_inner(nested(false), kMaxEncapsulations);
  CHECK(nested(true).status == DecodeStatus::TooDeep);
}

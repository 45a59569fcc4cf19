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

Result decode_bytes(Buffer bytes, LinkType link) {
  Result result;
  result.bytes = std::move(bytes);
  decode(packet_of(result.bytes, link), result);
  return result;
}

PacketBuilder& hello(PacketBuilder& outer) {
  return outer.ip("192.0.2.1", "198.51.100.2").tcp(40000, 3333).payload("hello");
}
PacketBuilder& hello6(PacketBuilder& outer) {
  return outer.ip("2001:db8::1", "2001:db8::2").tcp(40000, 3333).payload("hello");
}

void check_hello(const PacketBuilder& packet, LinkType link) {
  const Result decoded = decode_bytes(packet.build(), link);
  REQUIRE(decoded.status == DecodeStatus::Ok);
  CHECK(decoded.tuple.destination.port == 3333);
  CHECK(as_text(decoded.payload) == "hello");
}

DecodeStatus status_of(Buffer bytes, LinkType link = LinkType::Ppp) {
  return decode_bytes(std::move(bytes), link).status;
}

}  // namespace

TEST_CASE("PPP captures are read with address and control and without", "[packet]") {
  for (const bool control : {false, true})
    for (const LinkType link : {LinkType::Ppp, LinkType::PppHdlc}) {
      PacketBuilder four, six, labelled;
      check_hello(hello(four.ppp(control)), link);
      check_hello(hello6(six.ppp(control)), link);
      check_hello(hello(labelled.ppp(control).mpls(17)), link);
    }
}

TEST_CASE("a PPP protocol of one byte is read", "[packet]") {
  PacketBuilder packet;
  Buffer bytes = hello(packet).build();
  bytes.insert(bytes.begin(), 0x21);
  CHECK(status_of(bytes) == DecodeStatus::Ok);
}

TEST_CASE("PPP that negotiates is no IP; what it encrypts, compresses or splits is counted", "[packet]") {
  for (const unsigned protocol : {0xc021U, 0x8021U, 0xc223U})
    CHECK(status_of({static_cast<std::uint8_t>(protocol >> 8), static_cast<std::uint8_t>(protocol), 1, 2, 0, 4}) ==
          DecodeStatus::NotIp);
  for (const std::uint8_t protocol : Buffer{0x53, 0x55})
    CHECK(status_of({0xff, 3, 0, protocol, 1, 2, 3}) == DecodeStatus::Enciphered);
  for (const std::uint8_t protocol : Buffer{0x2d, 0x2f, 0x3d, 0xfb, 0xfd})
    CHECK(status_of({0xff, 3, 0, protocol, 1, 2, 3}) == DecodeStatus::Packed);
}

TEST_CASE("captures of PPP over Ethernet begin with its header, and its discovery is no IP", "[packet]") {
  PacketBuilder packet, discovery;
  check_hello(hello(packet.pppoe()), LinkType::PppEther);
  CHECK(status_of(hello(discovery.pppoe()).patch(1, 0x09).build(), LinkType::PppEther) == DecodeStatus::NotIp);
}

TEST_CASE("Cisco's HDLC carries EtherTypes, under its own link type and that of PPP", "[packet]") {
  for (const LinkType link : {LinkType::CiscoHdlc, LinkType::PppHdlc}) {
    PacketBuilder four, six, multicast, keep_alive;
    check_hello(hello(four.cisco_hdlc()), link);
    check_hello(hello6(six.cisco_hdlc()), link);
    check_hello(hello(multicast.cisco_hdlc()).patch(0, 0x8f), link);
    CHECK(status_of(hello(keep_alive.cisco_hdlc()).patch(2, 0x80).patch(3, 0x35).build(), link) == DecodeStatus::NotIp);
  }
}

TEST_CASE("PPP and HDLC headers that are not wholly there are malformed", "[packet]") {
  for (const LinkType link : {LinkType::Ppp, LinkType::PppHdlc, LinkType::PppEther, LinkType::CiscoHdlc}) {
    CHECK(status_of({}, link) == DecodeStatus::Malformed);
    CHECK(status_of({0}, link) == DecodeStatus::Malformed);
  }
  CHECK(status_of({0xff, 3}) == DecodeStatus::Malformed);
}

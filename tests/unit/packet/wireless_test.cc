#include "scanner/packet/decode.h"
#include "tests/support/packet_builder.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

using namespace scanner;
using namespace scanner::test;

namespace {

struct Result : Decoded {
  Buffer bytes;
};

Result decode_bytes(Buffer bytes, LinkType link = LinkType::Wireless, std::size_t captured = SIZE_MAX) {
  Result result;
  result.bytes = std::move(bytes);
  decode(packet_of(result.bytes, link, captured), result);
  return result;
}

PacketBuilder& hello(PacketBuilder& outer) {
  return outer.llc_snap().ip("192.0.2.1", "198.51.100.2").tcp(40000, 3333).payload("hello");
}

DecodeStatus status_of(PacketBuilder packet, LinkType link = LinkType::Wireless) {
  return decode_bytes(packet.build(), link).status;
}

void check_hello(PacketBuilder packet, LinkType link = LinkType::Wireless) {
  const Result decoded = decode_bytes(packet.build(), link);
  REQUIRE(decoded.status == DecodeStatus::Ok);
  CHECK(decoded.tuple.source == Endpoint{*IpAddress::parse("192.0.2.1"), 40000});
  CHECK(decoded.tuple.destination == Endpoint{*IpAddress::parse("198.51.100.2"), 3333});
  CHECK(as_text(decoded.payload) == "hello");
  CHECK(decoded.payload_cut == 0);
}

PacketBuilder framed(WirelessHeader header) {
  PacketBuilder packet;
  hello(packet.wireless(header));
  return packet;
}

constexpr std::size_t kFlags = 1, kSequenceControl = 22;

}  // namespace

TEST_CASE("802.11 data frames are read with every combination of addresses, QoS and HT control", "[packet]") {
  for (const bool to : {false, true})
    for (const bool from : {false, true}) {
      check_hello(framed({to, from}));
      check_hello(framed({to, from, true}));
      check_hello(framed({to, from, true, true}));
    }
}

TEST_CASE("802.11 frames that carry no data are no IP", "[packet]") {
  for (const std::uint8_t kind : Buffer{0x80, 0x40, 0xd4, 0xb4, 0x48, 0xc8, 0x09}) {
    CAPTURE(int{kind});
    CHECK(status_of(framed({}).patch(0, kind)) == DecodeStatus::NotIp);
  }
  CHECK(decode_bytes({0xd4, 0, 0, 0, 2, 0, 0, 0, 0, 1}).status == DecodeStatus::NotIp);  // an acknowledgement
}

TEST_CASE("802.11 frames that the air encrypts are counted as such", "[packet]") {
  PacketBuilder noise;
  noise.wireless().payload(std::string(80, 'E')).patch(kFlags, 0x41);
  CHECK(status_of(noise) == DecodeStatus::Enciphered);
}

TEST_CASE("a card that decrypts may leave the protected bit set, and the key's counter in front", "[packet]") {
  check_hello(framed({}).patch(kFlags, 0x41));
  Buffer counted = framed({}).patch(kFlags, 0x41).build();
  counted.insert(counted.begin() + 24, 8, 0x20);
  const Result decoded = decode_bytes(counted);
  REQUIRE(decoded.status == DecodeStatus::Ok);
  CHECK(as_text(decoded.payload) == "hello");
}

TEST_CASE("fragments of an 802.11 frame are counted and not taken for whole ones", "[packet]") {
  CHECK(status_of(framed({}).patch(kFlags, 0x05)) == DecodeStatus::Packed);
  CHECK(status_of(framed({}).patch(kSequenceControl, 0x11)) == DecodeStatus::Packed);
}

TEST_CASE("an 802.11 aggregate of one frame is opened, one of several is counted", "[packet]") {
  const WirelessHeader aggregate{true, false, true, false, true};
  PacketBuilder one;
  check_hello(hello(one.wireless(aggregate).ieee_802_3()));
  PacketBuilder several;
  CHECK(status_of(hello(several.wireless(aggregate).ieee_802_3()).padding(60)) == DecodeStatus::Packed);
  PacketBuilder lying;
  CHECK(status_of(hello(lying.wireless(aggregate).ieee_802_3()).patch(26 + 12, 0x7f)) == DecodeStatus::Malformed);
}

TEST_CASE("radiotap headers of any length are skipped, and a check sequence is no payload", "[packet]") {
  for (const bool time : {false, true})
    for (const int words : {1, 2, 3}) {
      CAPTURE(time, words);
      PacketBuilder plain, checked, filled;
      check_hello(hello(plain.radiotap(0, time, words).wireless()), LinkType::WirelessRadiotap);
      check_hello(hello(checked.radiotap(0x10, time, words).wireless()), LinkType::WirelessRadiotap);
      check_hello(hello(filled.radiotap(0x20, time, words).wireless({true, false, true, false, false, 4})),
                  LinkType::WirelessRadiotap);
    }
}

TEST_CASE("a check sequence that the snaplen cut is not counted as payload", "[packet]") {
  PacketBuilder packet;
  const Buffer bytes = hello(packet.radiotap(0x10).wireless()).build();
  const Result whole = decode_bytes(bytes, LinkType::WirelessRadiotap, bytes.size() - 4);
  REQUIRE(whole.status == DecodeStatus::Ok);
  CHECK(whole.payload_cut == 0);
  const Result cut = decode_bytes(bytes, LinkType::WirelessRadiotap, bytes.size() - 6);
  REQUIRE(cut.status == DecodeStatus::Ok);
  CHECK(as_text(cut.payload) == "hel");
  CHECK(cut.payload_cut == 2);
}

TEST_CASE("what a radio heard wrongly is malformed, and an empty frame is no IP", "[packet]") {
  PacketBuilder broken;
  CHECK(status_of(hello(broken.radiotap(0x40).wireless()), LinkType::WirelessRadiotap) == DecodeStatus::Malformed);
  CHECK(status_of(PacketBuilder().radiotap(), LinkType::WirelessRadiotap) == DecodeStatus::NotIp);
}

TEST_CASE("radiotap headers that contradict their bytes are malformed", "[packet]") {
  const auto patched = [](std::size_t at, std::uint8_t value) {
    PacketBuilder packet;
    return status_of(hello(packet.radiotap(0x10).wireless()).patch(at, value), LinkType::WirelessRadiotap);
  };
  CHECK(patched(0, 1) == DecodeStatus::Malformed);
  CHECK(patched(2, 7) == DecodeStatus::Malformed);
  CHECK(patched(3, 0x7f) == DecodeStatus::Malformed);
  CHECK(decode_bytes({0, 0, 9, 0, 2, 0, 0, 0, 0x10}, LinkType::WirelessRadiotap).status == DecodeStatus::Malformed);
  // Presence words that go on beyond the header: no flags are known, the frame is read.
  CHECK(patched(7, 0x80) == DecodeStatus::Ok);
}

TEST_CASE("Prism headers in either byte order and AVS headers lead to the frame", "[packet]") {
  PacketBuilder little, big, avs, avs_among_prism;
  check_hello(hello(little.prism().wireless()), LinkType::WirelessPrism);
  check_hello(hello(big.prism(true).wireless()), LinkType::WirelessPrism);
  check_hello(hello(avs.avs().wireless()), LinkType::WirelessAvs);
  check_hello(hello(avs_among_prism.avs().wireless()), LinkType::WirelessPrism);
  PacketBuilder lying, short_header;
  CHECK(status_of(hello(lying.prism().wireless()).patch(6, 1), LinkType::WirelessPrism) == DecodeStatus::Malformed);
  CHECK(status_of(hello(short_header.avs().wireless()).patch(7, 4), LinkType::WirelessAvs) == DecodeStatus::Malformed);
}

TEST_CASE("an 802.11 frame cut anywhere in its headers is truncated", "[packet]") {
  PacketBuilder packet;
  const Buffer bytes = hello(packet.radiotap(0, true).wireless({true, true, true, true})).build();
  for (std::size_t captured = 0; captured < bytes.size() - 5; ++captured) {
    CAPTURE(captured);
    CHECK(decode_bytes(bytes, LinkType::WirelessRadiotap, captured).status == DecodeStatus::Truncated);
  }
}

#include "scanner/io/packet_filter.h"

#include "scanner/io/capture_source.h"
#include "tests/support/packet_builder.h"
#include "tests/unit/io/capture_fixtures.h"

#include <catch2/catch.hpp>

namespace scanner {
namespace {

using test::ByteString;
using test::made_up_packet;
using test::mentions;
using test::Reading;
using test::TempDir;

TEST_CASE("a filter lets the matching packets through and keeps their frame numbers", "[io]") {
  const TempDir dir;
  // Raw IPv4, UDP to port 3333 and to port 53.
  const auto udp = [](std::uint8_t high, std::uint8_t low) {
    static std::vector<ByteString> kept;
    kept.reserve(8);
    kept.push_back(
        {0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 1, 4, 0, high, low, 0, 8, 0, 0});
    Packet packet;
    packet.data = kept.back();
    packet.link = LinkType::Raw;
    return packet;
  };
  const std::string path = dir.file("a", test::encode({udp(0, 53), udp(13, 5), udp(0, 53), udp(13, 5)}));
  auto source = open_captures({path}, {"udp port 3333"});
  REQUIRE(source);
  const Reading reading = test::read_all(**source);
  REQUIRE(reading.events.size() == 2);
  CHECK(reading.events[0].frame == 2);
  CHECK(reading.events[1].frame == 4);
  CHECK(!reading.partial);
}

// libpcap as the oracle of what the packet builder makes, and so of what decode() is tested with.
TEST_CASE("libpcap finds the port in frames of every link type that the builder makes", "[io]") {
  using test::PacketBuilder;
  const std::pair<LinkType, PacketBuilder> kLinks[] = {
      {LinkType::Ethernet, PacketBuilder().ethernet()},
      {LinkType::Raw, PacketBuilder()},
      {LinkType::Null, PacketBuilder().null()},
      {LinkType::Loop, PacketBuilder().null(true)},
      {LinkType::LinuxSll, PacketBuilder().linux_cooked()},
      {LinkType::LinuxSll2, PacketBuilder().linux_cooked_2()},
      {LinkType::Ppp, PacketBuilder().ppp()},
      {LinkType::PppHdlc, PacketBuilder().ppp()},
      {LinkType::PppEther, PacketBuilder().pppoe()},
      {LinkType::CiscoHdlc, PacketBuilder().cisco_hdlc()},
      {LinkType::Wireless, PacketBuilder().wireless().llc_snap()},
      {LinkType::Wireless, PacketBuilder().wireless({true, false, true}).llc_snap()},
      {LinkType::WirelessRadiotap, PacketBuilder().radiotap(0x10, true).wireless({true, false, true}).llc_snap()},
      {LinkType::WirelessPrism, PacketBuilder().prism().wireless().llc_snap()},
      {LinkType::WirelessAvs, PacketBuilder().avs().wireless({false, true, true}).llc_snap()}};
  for (const auto& [link, front] : kLinks) {
    CAPTURE(static_cast<int>(link));
    PacketBuilder hit = front, other = front;
    const ByteString mined = hit.ip("192.0.2.1", "198.51.100.2").tcp(40000, 3333).payload("hello").build();
    const ByteString browsed = other.ip("192.0.2.1", "198.51.100.2").tcp(40000, 443).payload("hello").build();
    const TempDir dir;
    const std::vector<Packet> packets{test::packet_of(browsed, link), test::packet_of(mined, link)};
    auto source = open_captures({dir.file("a", test::encode(packets))}, {"tcp dst port 3333"});
    REQUIRE(source);
    const Reading reading = test::read_all(**source);
    CHECK(reading.warnings.empty());
    REQUIRE(reading.events.size() == 1);
    CHECK(reading.events[0].frame == 2);
  }
}

TEST_CASE("a wrong filter is an error with libpcap's words", "[io]") {
  const TempDir dir;
  const std::string path = dir.file("a", test::encode({made_up_packet(1, 60, 1)}));
  const auto source = open_captures({path}, {"tcp port port"});
  REQUIRE(!source);
  CHECK(source.error().message.find("filter \"tcp port port\": ") == 0);
  CHECK(source.error().message.find("syntax error") != std::string::npos);
}

TEST_CASE("a filter that would look a name up is refused before libpcap sees it", "[io]") {
  const TempDir dir;
  const std::string path = dir.file("a", test::encode({made_up_packet(1, 60, 1)}));
  for (const char* expression : {"host pool.example.net", "tcp and dst pool", "net example or port 53", "host 192.0.2.1 or alpha.example.net"}) {
    const auto source = open_captures({path}, {expression});
    REQUIRE(!source);
    CHECK(source.error().message.find("names are not looked up") != std::string::npos);
  }
  for (const char* expression : {"host 192.0.2.1", "ip6 host 2001:db8::1", "tcp port http", "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0", "ether host 00:00:5e:00:53:01", "ip proto \\udp", "vlan 5 and not arp"})
    CHECK(open_captures({path}, {expression}));
}

TEST_CASE("packets of a link type that a filter cannot be applied to are left out and said", "[io]") {
  const TempDir dir;
  const std::string path =
      dir.file("a", test::encode({made_up_packet(1, 60, 1), made_up_packet(2, 60, 1, LinkType::Raw)}));
  auto source = open_captures({path}, {"not ether host 02:00:00:00:00:01"});
  REQUIRE(source);
  const Reading reading = test::read_all(**source);
  CHECK(reading.events.size() == 1);
  CHECK(reading.partial);
  CHECK(mentions(reading.warnings, "cannot be applied to link type 101"));
}

}  // namespace
}  // namespace scanner

#include "scanner/packet/decode.h"

#include "tests/support/packet_builder.h"

#include <catch2/catch.hpp>

#include <string>

using namespace scanner;
using namespace scanner::test;

namespace {

constexpr const char* kClient = "192.0.2.1";
constexpr const char* kServer = "198.51.100.2";
constexpr const char* kClient6 = "2001:db8::1";
constexpr const char* kServer6 = "2001:db8::2";

// The payload is a view of the packet, so the packet is kept beside it.
struct Result : Decoded {
  Buffer bytes;
};

Result decode_bytes(Buffer bytes, LinkType link = LinkType::Ethernet, std::size_t captured = SIZE_MAX) {
  Result result;
  result.bytes = std::move(bytes);
  decode(packet_of(result.bytes, link, captured), result);
  return result;
}

Result decode_built(const PacketBuilder& builder, LinkType link = LinkType::Ethernet) {
  return decode_bytes(builder.build(), link);
}

PacketBuilder on_ethernet() { return PacketBuilder().ethernet(); }

// The same innermost packet everywhere.
PacketBuilder& hello(PacketBuilder& outer) {
  return outer.ip(kClient, kServer)
      .tcp(40000, 3333, {.sequence = 7, .acknowledgement = 9, .flags = "PA"})
      .payload("hello");
}
PacketBuilder& hello6(PacketBuilder& outer) {
  return outer.ip(kClient6, kServer6)
      .tcp(40000, 3333, {.sequence = 7, .acknowledgement = 9, .flags = "PA"})
      .payload("hello");
}

void check_hello(const Decoded& decoded, const char* client = kClient, const char* server = kServer) {
  REQUIRE(decoded.status == DecodeStatus::Ok);
  CHECK(decoded.tuple.source == Endpoint{*IpAddress::parse(client), 40000});
  CHECK(decoded.tuple.destination == Endpoint{*IpAddress::parse(server), 3333});
  CHECK(decoded.tuple.protocol == IpProtocol::Tcp);
  CHECK(decoded.tcp.sequence == 7);
  CHECK(decoded.tcp.acknowledgement == 9);
  CHECK((decoded.tcp.psh && decoded.tcp.ack && !decoded.tcp.syn && !decoded.tcp.fin && !decoded.tcp.rst));
  CHECK(as_text(decoded.payload) == "hello");
  CHECK(decoded.payload_cut == 0);
}

}  // namespace

TEST_CASE("a TCP segment is found under every link type", "[packet]") {
  PacketBuilder none;
  check_hello(decode_built(hello(none), LinkType::Raw));
  check_hello(decode_built(none, LinkType::RawBsd));
  check_hello(decode_built(none, LinkType::RawOpenBsd));
  check_hello(decode_built(none, LinkType::Ipv4));
  PacketBuilder six;
  check_hello(decode_built(hello6(six), LinkType::Ipv6), kClient6, kServer6);
  check_hello(decode_built(six, LinkType::Raw), kClient6, kServer6);
  PacketBuilder cooked, cooked2, ether;
  check_hello(decode_built(hello(cooked.linux_cooked()), LinkType::LinuxSll));
  check_hello(decode_built(hello(cooked2.linux_cooked_2()), LinkType::LinuxSll2));
  check_hello(decode_built(hello(ether.ethernet())));
}

TEST_CASE("null and loop captures are read in both byte orders", "[packet]") {
  for (const bool big : {false, true}) {
    PacketBuilder v4, v6;
    check_hello(decode_built(hello(v4.null(big)), LinkType::Null));
    check_hello(decode_built(hello6(v6.null(big)), LinkType::Loop), kClient6, kServer6);
  }
  for (const int family : {10, 23, 24, 28, 30}) {
    PacketBuilder v6;
    check_hello(decode_built(hello6(v6.null()).patch(0, static_cast<std::uint8_t>(family)), LinkType::Null), kClient6,
                kServer6);
  }
  PacketBuilder other;
  CHECK(decode_built(hello(other.null()).patch(0, 7), LinkType::Null).status == DecodeStatus::NotIp);
}

TEST_CASE("a link type that is not read is said to be unknown", "[packet]") {
  CHECK(decode_bytes(Buffer(64), static_cast<LinkType>(9999)).status == DecodeStatus::UnknownLink);
}

TEST_CASE("VLAN tags are passed and the outermost is kept", "[packet]") {
  PacketBuilder one, two, old;
  const Result tagged = decode_built(hello(one.ethernet().vlan(7)));
  check_hello(tagged);
  CHECK(tagged.outer_vlan == 7);
  const Result stacked = decode_built(hello(two.ethernet().vlan(100, 0x88a8).vlan(200)));
  check_hello(stacked);
  CHECK(stacked.outer_vlan == 100);
  check_hello(decode_built(hello(old.ethernet().vlan(5, 0x9100).vlan(6))));
}

TEST_CASE("a packet of nothing but VLAN tags ends as too deep", "[packet]") {
  PacketBuilder tags;
  tags.ethernet();
  for (int i = 0; i < 40; ++i) tags.vlan(1);
  CHECK(decode_built(hello(tags)).status == DecodeStatus::TooDeep);
}

TEST_CASE("MPLS stacks lead to IP and to Ethernet pseudowires", "[packet]") {
  PacketBuilder ip, ip6, wire, controlled;
  check_hello(decode_built(hello(ip.ethernet().mpls(16).mpls(17).mpls(18))));
  check_hello(decode_built(hello6(ip6.ethernet().mpls(16))), kClient6, kServer6);
  check_hello(decode_built(hello(wire.ethernet().mpls(16).ethernet())));
  const Result inner = decode_built(hello(controlled.ethernet().mpls(16).mpls(17).control_word().ethernet().vlan(9)));
  check_hello(inner);
  CHECK(inner.encapsulations == 1);
}

TEST_CASE("an MPLS payload that is neither IP nor an Ethernet frame with IP is no IP", "[packet]") {
  CHECK(decode_built(on_ethernet().mpls(16).payload(std::string(60, 'E'))).status == DecodeStatus::NotIp);
  CHECK(decode_built(on_ethernet().mpls(16).payload(std::string(60, '\x01'))).status == DecodeStatus::NotIp);
}

TEST_CASE("PPPoE sessions carry IPv4 and IPv6", "[packet]") {
  PacketBuilder v4, v6;
  check_hello(decode_built(hello(v4.ethernet().pppoe())));
  check_hello(decode_built(hello6(v6.ethernet().pppoe())), kClient6, kServer6);
  PacketBuilder bad;
  CHECK(decode_built(hello(bad.ethernet().pppoe()).patch(14, 0x21)).status == DecodeStatus::Malformed);
}

TEST_CASE("802.3 frames with SNAP carry IP, others are no IP", "[packet]") {
  PacketBuilder snap;
  check_hello(decode_built(hello(snap.ieee_802_3().llc_snap())));
  CHECK(decode_built(PacketBuilder().ieee_802_3().payload(std::string(46, 'B'))).status == DecodeStatus::NotIp);
  PacketBuilder arp;
  CHECK(decode_built(on_ethernet().payload(std::string(46, '\0')).patch(12, 8).patch(13, 6)).status ==
        DecodeStatus::NotIp);
}

TEST_CASE("link padding is no payload", "[packet]") {
  PacketBuilder padded;
  check_hello(decode_built(hello(padded.ethernet()).padding(20)));
  const Result empty = decode_built(on_ethernet().ip(kClient, kServer).tcp(1, 2).padding(6));
  CHECK(empty.status == DecodeStatus::Ok);
  CHECK(empty.payload.empty());
}

TEST_CASE("IPv4 options and TCP options are skipped", "[packet]") {
  const PacketBuilder packet =
      on_ethernet().ip(kClient, kServer).ip_options(12).tcp(1, 2, {.options = 12}).payload("hi");
  const Result decoded = decode_built(packet);
  REQUIRE(decoded.status == DecodeStatus::Ok);
  CHECK(as_text(decoded.payload) == "hi");
}

TEST_CASE("an IPv4 length of zero, left to the network card, means all that was captured", "[packet]") {
  PacketBuilder offloaded;
  check_hello(decode_built(hello(offloaded.ethernet()).patch(16, 0).patch(17, 0)));
}

TEST_CASE("lengths and versions that contradict the bytes are malformed", "[packet]") {
  const auto patched = [](std::size_t at, std::uint8_t value) {
    PacketBuilder builder;
    return decode_built(hello(builder.ethernet()).patch(at, value)).status;
  };
  CHECK(patched(14, 0x65) == DecodeStatus::Malformed);  // version 6 behind the type of IPv4
  CHECK(patched(14, 0x44) == DecodeStatus::Malformed);  // a header of 16 bytes
  CHECK(patched(17, 19) == DecodeStatus::Malformed);    // a total below the header
  CHECK(patched(17, 200) == DecodeStatus::Malformed);   // and one beyond the packet
  CHECK(patched(46, 0x40) == DecodeStatus::Malformed);  // a TCP header of 16 bytes
  CHECK(patched(46, 0xf0) == DecodeStatus::Malformed);  // and of 60
  const PacketBuilder udp = on_ethernet().ip(kClient, kServer).udp(1, 2).payload("hi");
  CHECK(decode_built(PacketBuilder(udp).patch(39, 7)).status == DecodeStatus::Malformed);
  CHECK(decode_built(PacketBuilder(udp).patch(39, 11)).status == DecodeStatus::Malformed);
}

TEST_CASE("a snaplen within the headers truncates, one within the payload is counted", "[packet]") {
  PacketBuilder builder;
  const Buffer bytes = hello(builder.ethernet()).build();
  for (const std::size_t captured : {0U, 10U, 20U, 33U, 40U, 53U})
    CHECK(decode_bytes(bytes, LinkType::Ethernet, captured).status == DecodeStatus::Truncated);
  const Result cut = decode_bytes(bytes, LinkType::Ethernet, 14 + 40 + 2);
  REQUIRE(cut.status == DecodeStatus::Ok);
  CHECK(as_text(cut.payload) == "he");
  CHECK(cut.payload_cut == 3);
}

TEST_CASE("TCP options that the snaplen cut leave a segment with its length", "[packet]") {
  const Buffer bytes =
      on_ethernet().ip(kClient, kServer).tcp(1, 2, {.sequence = 5, .options = 12}).payload("hello").build();
  const Result cut = decode_bytes(bytes, LinkType::Ethernet, 14 + 20 + 24);
  REQUIRE(cut.status == DecodeStatus::Ok);
  CHECK(cut.tcp.sequence == 5);
  CHECK(cut.payload.empty());
  CHECK(cut.payload_cut == 5);
}

TEST_CASE("a header that does not fit the wire length is malformed and not truncated", "[packet]") {
  CHECK(decode_bytes(Buffer{0x45, 0, 0}, LinkType::Raw).status == DecodeStatus::Malformed);
  CHECK(decode_bytes(Buffer{}, LinkType::Ethernet).status == DecodeStatus::Malformed);
}

TEST_CASE("IPv6 extension headers are skipped", "[packet]") {
  PacketBuilder builder;
  builder.ethernet().ip(kClient6, kServer6).extension(0).extension(43, 24).extension(60, 16).extension(51, 24);
  check_hello(
      decode_built(builder.tcp(40000, 3333, {.sequence = 7, .acknowledgement = 9, .flags = "PA"}).payload("hello")),
      kClient6, kServer6);
}

TEST_CASE("a chain of extension headers without end is given up", "[packet]") {
  PacketBuilder builder;
  builder.ethernet().ip(kClient6, kServer6);
  for (int i = 0; i < 40; ++i) builder.extension(60);
  CHECK(decode_built(builder.tcp(1, 2)).status == DecodeStatus::TooDeep);
}

TEST_CASE("IPv6 with a v4-mapped address is malformed", "[packet]") {
  const PacketBuilder packet = PacketBuilder().ethernet().ip(kClient6, kServer6).tcp(1, 2);
  for (const std::size_t address : {22U, 38U}) {
    PacketBuilder mapped = packet;
    for (std::size_t i = 0; i < 10; ++i) mapped.patch(address + i, 0);
    mapped.patch(address + 10, 0xff).patch(address + 11, 0xff);
    CHECK(decode_built(mapped).status == DecodeStatus::Malformed);
  }
}

TEST_CASE("fragments are recognised, the first one too", "[packet]") {
  for (const auto& [client, server] : {std::pair(kClient, kServer), std::pair(kClient6, kServer6)}) {
    const auto fragments =
        on_ethernet().ip(client, server).udp(1000, 53).payload(std::string(40, 'x')).build_fragments(77, 16);
    REQUIRE(fragments.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
      const Result decoded = decode_bytes(fragments[i]);
      REQUIRE(decoded.status == DecodeStatus::Fragment);
      CHECK(decoded.fragment.id == 77);
      CHECK(decoded.fragment.offset == 16 * i);
      CHECK(decoded.fragment.more == (i < 2));
      CHECK(decoded.fragment.protocol == IpProtocol::Udp);
      CHECK(decoded.payload.size() == 16);
      CHECK(decoded.tuple.source.address == *IpAddress::parse(client));
    }
  }
}

TEST_CASE("a fragment that would end beyond 65535 bytes is malformed", "[packet]") {
  auto fragments = on_ethernet().ip(kClient, kServer).udp(1, 2).payload(std::string(40, 'x')).build_fragments(1, 16);
  fragments[1][20] = 0x3f;
  fragments[1][21] = 0xff;
  CHECK(decode_bytes(fragments[1]).status == DecodeStatus::Malformed);
}

TEST_CASE("an atomic IPv6 fragment is an ordinary packet", "[packet]") {
  PacketBuilder builder;
  builder.ethernet().ip(kClient6, kServer6).extension(44);
  check_hello(
      decode_built(builder.tcp(40000, 3333, {.sequence = 7, .acknowledgement = 9, .flags = "PA"}).payload("hello")),
      kClient6, kServer6);
}

TEST_CASE("UDP payloads end where the UDP length says", "[packet]") {
  const PacketBuilder packet = on_ethernet().ip(kClient, kServer).udp(1000, 53).payload("query!");
  const Result decoded = decode_built(packet);
  REQUIRE(decoded.status == DecodeStatus::Ok);
  CHECK(decoded.tuple.protocol == IpProtocol::Udp);
  CHECK(as_text(decoded.payload) == "query!");
  CHECK(as_text(decode_built(PacketBuilder(packet).patch(39, 13)).payload) == "query");
}

TEST_CASE("both directions of an ICMP echo are one tuple, an error has type and code", "[packet]") {
  const Result request = decode_built(on_ethernet().ip(kClient, kServer).icmp(8).payload("ping"));
  const Result reply = decode_built(on_ethernet().ip(kServer, kClient).icmp(0).payload("ping"));
  REQUIRE(request.status == DecodeStatus::Ok);
  CHECK(request.tuple == reply.tuple.reversed());
  CHECK(request.tuple.source.port == 8);
  CHECK(request.tuple.destination.port == 0);
  CHECK(as_text(request.payload) == "ping");
  const Result request6 = decode_built(on_ethernet().ip(kClient6, kServer6).icmp(128));
  CHECK(request6.tuple.protocol == IpProtocol::Icmp6);
  CHECK(request6.tuple == decode_built(on_ethernet().ip(kServer6, kClient6).icmp(129)).tuple.reversed());
  const Result error = decode_built(on_ethernet().ip(kServer, kClient).icmp(3, 1));
  CHECK(error.tuple.source.port == 3);
  CHECK(error.tuple.destination.port == 1);
}

TEST_CASE("SCTP has ports and no payload, other protocols have addresses only", "[packet]") {
  const Result sctp = decode_built(on_ethernet().ip(kClient, kServer).sctp(1000, 2000).payload("chunk"));
  CHECK(sctp.status == DecodeStatus::Ok);
  CHECK(sctp.tuple.destination.port == 2000);
  CHECK(sctp.payload.empty());
  const Result ospf = decode_built(on_ethernet().ip(kClient, kServer).protocol(89).payload("x"));
  CHECK(ospf.status == DecodeStatus::NoTransport);
  CHECK(ospf.tuple.source.address == *IpAddress::parse(kClient));
}

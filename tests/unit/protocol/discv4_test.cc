#include "tests/unit/protocol/flow_fixture.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

const std::string kList = from_hex("c6 04 c0 82 1234 80");

std::vector<CoinPeerSeen> seen_in(const std::string& datagram) {
  FlowRun run(test_flow(40000, IpProtocol::Udp));
  run.datagram(kClient, datagram);
  return run.sink.all<CoinPeerSeen>();
}

}  // namespace

TEST_CASE("a discv4 ping and pong prove themselves by their hash, on any port", "[protocol]") {
  FlowRun run(test_flow(40000, IpProtocol::Udp));
  run.datagram(kClient, sample::discv4_packet(1, kList));
  run.datagram(kServer, sample::discv4_packet(2, kList + "and what may follow a list"));
  const auto seen = run.sink.all<CoinPeerSeen>();
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].protocol == "discv4");
  CHECK(seen[0].command == "ping");
  CHECK(seen[0].message == CoinPeerMessage::HandshakeRequest);
  CHECK(seen[0].verified);
  CHECK(seen[1].command == "pong");
  CHECK(seen[1].message == CoinPeerMessage::HandshakeResponse);
}

TEST_CASE("a datagram with a wrong hash, type, recovery id or list is not discv4", "[protocol]") {
  CHECK(seen_in(sample::discv4_packet(3, kList)).size() == 1);
  for (const std::size_t at : {0u, 31u, 32u, 96u, 97u, 98u, 103u}) {
    std::string wrong = sample::discv4_packet(3, kList);
    wrong[at] = static_cast<char>(wrong[at] ^ 0x40);
    CHECK(seen_in(wrong).empty());
  }
  CHECK(seen_in(sample::discv4_packet(0, kList)).empty());
  CHECK(seen_in(sample::discv4_packet(7, kList)).empty());
  CHECK(seen_in(sample::discv4_packet(1, from_hex("8412345678"))).empty());
  CHECK(seen_in(sample::discv4_packet(1, from_hex("c901"))).empty());
  CHECK(seen_in(sample::discv4_packet(1, from_hex("f837") + std::string(55, 'x'))).empty());
  CHECK(seen_in(sample::discv4_packet(1, from_hex("f838") + std::string(56, 'x'))).size() == 1);
  CHECK(seen_in(sample::discv4_packet(4, from_hex("f90100") + std::string(256, 'x'))).size() == 1);
  CHECK(seen_in(sample::discv4_packet(4, from_hex("f90100") + std::string(255, 'x'))).empty());
}

TEST_CASE("discv4 packets have 99 to 1280 bytes", "[protocol]") {
  CHECK(seen_in(sample::discv4_packet(1, from_hex("c0"))).size() == 1);
  CHECK(seen_in(sample::discv4_packet(1, "")).empty());
  CHECK(seen_in(sample::discv4_packet(1, from_hex("c0") + std::string(1181, 'x'))).size() == 1);
  CHECK(seen_in(sample::discv4_packet(1, from_hex("c0") + std::string(1182, 'x'))).empty());
}

TEST_CASE("pings without end give one observation in ten minutes", "[protocol]") {
  FlowRun run(test_flow(30303, IpProtocol::Udp));
  for (int i = 0; i < 1300; ++i) run.datagram(kClient, sample::discv4_packet(1, kList));  // a second each
  CHECK(run.sink.taken.size() == 3);
}

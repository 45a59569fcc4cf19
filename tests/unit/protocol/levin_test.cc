#include "tests/unit/protocol/flow_fixture.h"

#include <catch2/catch.hpp>

using namespace scanner;
using sample::levin_message;

namespace {

constexpr std::uint32_t kAsks = 1, kAnswers = 2;

std::vector<CoinPeerSeen> seen_in(const std::string& bytes) {
  FlowRun run(test_flow(18080));
  run.say(kClient, bytes);
  return run.sink.all<CoinPeerSeen>();
}

}  // namespace

TEST_CASE("a levin handshake is told apart from its answer and names Monero's network", "[protocol]") {
  FlowRun run(test_flow(18080));
  run.say(kClient, levin_message(1001, kAsks, sample::levin_handshake_body()));
  run.say(kServer, levin_message(1001, kAnswers, std::string(5000, 'p')));
  const auto seen = run.sink.all<CoinPeerSeen>();
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].protocol == "levin");
  CHECK(seen[0].command == "handshake");
  CHECK(seen[0].network == "monero-mainnet");
  CHECK(seen[0].coin == "monero");
  CHECK(seen[0].message == CoinPeerMessage::HandshakeRequest);
  CHECK(seen[1].message == CoinPeerMessage::HandshakeResponse);
  CHECK(seen[1].network.empty());
}

TEST_CASE("another coin's levin handshake names no network", "[protocol]") {
  std::string body = sample::levin_handshake_body();
  body[body.find("\x12\x30\xf1")] = '\x55';
  const auto seen = seen_in(levin_message(1001, kAsks, body));
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].network.empty());
  CHECK(seen[0].coin.empty());
}

TEST_CASE("a long levin session gives one observation a command", "[protocol]") {
  std::string talk = levin_message(1001, kAsks, sample::levin_handshake_body());
  for (int i = 0; i < 100; ++i) talk += levin_message(1002, kAsks, std::string(40, 's')) + levin_message(2002, 0, "tx");
  const auto seen = seen_in(talk);
  REQUIRE(seen.size() == 3);
  CHECK(seen[1].command == "timed_sync");
  CHECK(seen[2].command == "new_transactions");
  CHECK(seen[2].message == CoinPeerMessage::Other);
}

TEST_CASE("levin's signature with an implausible header is nothing", "[protocol]") {
  const std::string good = levin_message(1002, kAsks, "");
  CHECK(seen_in(good).size() == 1);
  for (const std::size_t at : {15u, 16u, 19u, 28u, 29u}) {  // length, wants an answer, command, flags, version
    std::string bad = good;
    bad[at] = '\x7f';
    CHECK(seen_in(bad).empty());
  }
}

TEST_CASE("a levin conversation reads the same in any cut", "[protocol]") {
  const std::string node = levin_message(1001, kAsks, sample::levin_handshake_body()) + levin_message(1007, kAsks, "") +
                           levin_message(2008, 0, std::string(200, 'b'));
  check_every_cut(test_flow(18080), {{kClient, node}, {kServer, levin_message(1001, kAnswers, "peers") + node}});
}

TEST_CASE("a levin session picked up in the middle or behind a hole is found at its next message", "[protocol]") {
  const std::string rest =
      std::string(900, '\x01') + levin_message(2002, 0, std::string(90, 't')) + levin_message(1002, kAsks, "");
  const FlowRef midstream = test_flow(18080, IpProtocol::Tcp, false);
  CHECK(observed_with_cut(midstream, {{kClient, rest}}, 0).size() == 2);
  check_every_cut(midstream, {{kClient, rest}});

  FlowRun run(test_flow(18080));
  run.say(kClient, levin_message(1001, kAsks, sample::levin_handshake_body()).substr(0, 60));
  run.lose(kClient, 4000);
  run.say(kClient, rest);
  CHECK(run.sink.all<CoinPeerSeen>().size() == 3);
}

TEST_CASE("what is not levin behind a levin message goes back to the probes", "[protocol]") {
  FlowRun run(test_flow(18080));
  run.say(kClient, levin_message(1002, kAsks, "") + sample::client_hello("a.example"));
  CHECK(run.sink.all<TlsClientHello>().size() == 1);
}

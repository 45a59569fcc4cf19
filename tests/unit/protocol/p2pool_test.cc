#include "scanner/protocol/bitcoin_networks.h"
#include "tests/unit/protocol/flow_fixture.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

const std::string kMini = from_hex("3982c91a95aec7fa4250bd126cd8c2dc88173f184071dd2cdb5627a335187ec4");

std::string solution(std::string_view challenge, const std::string& chain, bool works) {
  for (std::uint64_t salt = 1;; ++salt) {
    const Sha256 hash = keccak256(as_bytes(std::string(challenge) + chain + le64(salt)));
    if (!works || (hash[31] == 0 && hash[30] < 6)) return '\x01' + std::string(as_text(hash)) + le64(salt);
  }
}

struct Handshake {
  std::string client, server;
};
Handshake handshake(const std::string& chain, bool works = true) {
  return {'\0' + std::string("challeng") + "peer-one" + solution("gnellahc", chain, works),
          '\0' + std::string("gnellahc") + "peer-two" + solution("challeng", chain, false)};
}

std::vector<CoinPeerSeen> seen_in(const Handshake& said, std::uint16_t port) {
  FlowRun run(test_flow(port));
  run.say(kClient, said.client.substr(0, 17));
  run.say(kServer, said.server);
  run.say(kClient, said.client.substr(17) + std::string("\x02\x01\x94\x00\x00", 5));
  return run.sink.all<CoinPeerSeen>();
}

std::string pool_message(std::string_view prefix, std::string_view payload) {
  return std::string(prefix) + sample::bitcoin_message("", "version", payload);
}

}  // namespace

TEST_CASE("a P2Pool handshake of a public side chain proves itself on any port", "[protocol][p2pool]") {
  const auto seen = seen_in(handshake(kMini), 40000);
  REQUIRE(seen.size() == 2);
  for (const CoinPeerSeen& peer : seen) {
    CHECK(peer.network == "p2pool-mini");
    CHECK(peer.coin == "monero");
    CHECK(peer.verified);
    CHECK(peer.pool);
  }
}

TEST_CASE("a handshake of a private side chain is told on P2Pool's ports, if its work is there", "[protocol][p2pool]") {
  const std::string ours(32, 'o');
  const auto seen = seen_in(handshake(ours), 37888);
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].network == "p2pool-private");
  CHECK_FALSE(seen[0].verified);
  CHECK(seen_in(handshake(ours), 40000).empty());
  CHECK(seen_in(handshake(ours, false), 37888).empty());
  CHECK(seen_in(handshake(kMini, false), 37888).empty());
}

TEST_CASE("half a P2Pool handshake, or one with a wrong hash, says nothing", "[protocol][p2pool]") {
  Handshake wrong = handshake(kMini);
  wrong.server[20] = static_cast<char>(wrong.server[20] ^ 1);
  CHECK(seen_in(wrong, 40000).empty());
  FlowRun run(test_flow(37889));
  run.say(kClient, handshake(kMini).client);
  CHECK(run.sink.taken.empty());
}

TEST_CASE("a P2Pool handshake reads the same in any cut", "[protocol][p2pool]") {
  const Handshake said = handshake(kMini);
  check_every_cut(test_flow(37889),
                  {{kClient, said.client.substr(0, 17)}, {kServer, said.server}, {kClient, said.client.substr(17)}});
}

TEST_CASE("a peer of the Bitcoin family's P2Pool is told by prefix, command and checksum", "[protocol][p2pool]") {
  const std::string prefix = from_hex("7208c1a53ef629b0"), message = pool_message(prefix, std::string(120, 'v'));
  FlowRun run(test_flow(9338));
  run.say(kClient, message + "more");
  run.say(kServer, pool_message(from_hex("7208c1a53ef629b1"), "v"));
  const auto seen = run.sink.all<CoinPeerSeen>();
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].network == "p2pool-litecoin");
  CHECK(seen[0].pool);
  std::string bad = message;
  bad.back() = 'x';
  FlowRun other(test_flow(9338));
  other.say(kClient, bad);
  CHECK(other.sink.taken.empty());
  check_every_cut(test_flow(9338), {{kClient, message}, {kServer, message}});
}

TEST_CASE("each network's magic is told apart, and those that share one are candidates", "[protocol][p2pool]") {
  const auto named = [](std::string_view hex) { return find_bitcoin_network(as_bytes(from_hex(hex))); };
  CHECK(named("f1cfa6d3")->coin == "qtum");
  CHECK(named("52415645") == nullptr);
  CHECK(named("fcc1b7dc")->name == "dogecoin-testnet|dash-regtest");
  CHECK(named("fcc1b7dc")->coin.empty());
  CHECK(named("75aa94b1")->name == "decred-testnet3");
  CHECK(named("e3e1f3e8")->coin == "bitcoin-cash");
}

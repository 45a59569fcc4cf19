#include "tests/unit/protocol/flow_fixture.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

const std::string kBitcoin = from_hex("f9beb4d9"), kLitecoin = from_hex("fbc0b6db"), kRaven = "RAVN";

std::string message(std::string_view command, std::string_view payload = "") {
  return sample::bitcoin_message(kBitcoin, command, payload);
}

std::vector<CoinPeerSeen> seen_in(const std::string& bytes, std::uint16_t port = 8333) {
  FlowRun run(test_flow(port));
  run.say(kClient, bytes);
  return run.sink.all<CoinPeerSeen>();
}

}  // namespace

TEST_CASE("a Bitcoin node's version names network, agent and is verified, on any port", "[protocol]") {
  const auto seen = seen_in(message("version", sample::bitcoin_version("/Satoshi:25.0.0/")), 9999);
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].protocol == "bitcoin");
  CHECK(seen[0].network == "bitcoin-mainnet");
  CHECK(seen[0].coin == "bitcoin");
  CHECK(seen[0].command == "version");
  CHECK(seen[0].agent == "/Satoshi:25.0.0/");
  CHECK(seen[0].message == CoinPeerMessage::HandshakeRequest);
  CHECK(seen[0].verified);
}

TEST_CASE("networks that share a magic are all named and no coin is", "[protocol]") {
  const auto seen = seen_in(sample::bitcoin_message(kLitecoin, "verack", ""));
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].network == "litecoin-mainnet|monacoin-mainnet|gamecredits-mainnet");
  CHECK(seen[0].coin.empty());
  CHECK(seen[0].message == CoinPeerMessage::HandshakeResponse);
  CHECK(seen[0].verified);
}

TEST_CASE("a magic without a known command is nothing", "[protocol]") {
  CHECK(seen_in(kBitcoin + std::string(60, 'x')).empty());
  CHECK(seen_in(sample::bitcoin_message(kBitcoin, "rubbish", "")).empty());
  CHECK(seen_in(sample::bitcoin_message(kRaven, "version", "")).size() == 1);
  CHECK(seen_in("RAVN version of a text that begins like Ravencoin's magic, in letters").empty());
  CHECK(seen_in(sample::bitcoin_message("BBBB", "version", "")).empty());
}

TEST_CASE("a wrong checksum is observed and not verified", "[protocol]") {
  std::string version = message("version", sample::bitcoin_version("/n:1/"));
  version[21] = static_cast<char>(version[21] ^ 1);
  const auto seen = seen_in(version);
  REQUIRE(seen.size() == 1);
  CHECK_FALSE(seen[0].verified);
}

TEST_CASE("a long node session gives one observation a command", "[protocol]") {
  std::string talk = message("version", sample::bitcoin_version("/n:1/")) + message("verack");
  for (int i = 0; i < 200; ++i) talk += message("ping", le64(7)) + message("inv", std::string(37, 'i'));
  talk += message("block", std::string(20000, 'b'));
  const auto seen = seen_in(talk);
  REQUIRE(seen.size() == 5);
  CHECK(seen[2].command == "ping");
  CHECK(seen[2].message == CoinPeerMessage::Other);
  CHECK(seen[3].command == "inv");
  CHECK(seen[4].command == "block");
  CHECK_FALSE(seen[4].verified);
}

TEST_CASE("a session that goes on is mentioned again after ten minutes", "[protocol]") {
  FlowRun run(test_flow(8333));
  run.say(kClient, message("ping", le64(7)));
  for (int i = 0; i < 1300; ++i) run.say(kClient, message("ping", le64(7)));  // a second each
  CHECK(run.sink.taken.size() == 3);
}

TEST_CASE("made-up commands do not give observations without end", "[protocol]") {
  std::string talk = message("verack");
  for (int i = 0; i < 1000; ++i) talk += message("cmd" + std::to_string(i));
  CHECK(seen_in(talk).size() == 24);
}

TEST_CASE("a Bitcoin conversation reads the same in any cut", "[protocol]") {
  const std::string node = message("version", sample::bitcoin_version("/Satoshi:25.0.0/")) + message("verack") +
                           message("getheaders", std::string(101, 'h')) + message("tx", std::string(300, 't'));
  const std::vector<Segment> talk = {{kClient, node}, {kServer, node + "{\"foreign\":1}\n"}};
  check_every_cut(test_flow(8333), talk);
}

TEST_CASE("a Bitcoin session picked up in the middle is found at its next message", "[protocol]") {
  const std::string rest =
      std::string(3000, 'r') + kBitcoin + std::string(90, 'x') + message("tx", std::string(50, 't'));
  FlowRun started(test_flow(8333));
  started.say(kClient, rest);
  CHECK(started.sink.taken.empty());
  FlowRun joined(test_flow(8333, IpProtocol::Tcp, false));
  joined.say(kClient, rest);
  const auto seen = joined.sink.all<CoinPeerSeen>();
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].command == "tx");
  check_every_cut(test_flow(8333, IpProtocol::Tcp, false), {{kClient, rest}});
}

TEST_CASE("a hole inside a payload is passed, a larger one leads to the next message", "[protocol]") {
  FlowRun run(test_flow(8333));
  const std::string block = message("block", std::string(50000, 'b'));
  run.say(kClient, message("verack") + block.substr(0, 1000));
  CHECK(run.lose(kClient, 10000));
  run.say(kClient, block.substr(11000) + message("ping", le64(1)));
  CHECK(run.lose(kClient, 70000));
  run.say(kClient, std::string(500, 'x') + message("pong", le64(1)));
  std::vector<std::string> commands;
  for (const CoinPeerSeen& seen : run.sink.all<CoinPeerSeen>()) commands.push_back(seen.command);
  CHECK(commands == std::vector<std::string>{"verack", "block", "ping", "pong"});
  CHECK(run.sink.all<BytesMissing>().size() == 2);
}

TEST_CASE("a message larger than any network allows is given up with a reason", "[protocol]") {
  FlowRun run(test_flow(8333));
  std::string huge = message("block", "");
  huge[19] = '\x7f';
  CHECK_FALSE(run.say(kClient, message("verack") + huge));
  const auto gave_up = run.sink.all<ParserGaveUp>();
  REQUIRE(gave_up.size() == 1);
  CHECK(gave_up[0].parser == "bitcoin");
}

TEST_CASE("an agent that claims more bytes than there are is left empty", "[protocol]") {
  std::string payload = sample::bitcoin_version("/n:1/");
  payload[80] = '\x7f';
  const auto seen = seen_in(message("version", payload));
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].agent.empty());
}

TEST_CASE("the handshake of old nodes, which has no checksums, is read", "[protocol]") {
  const auto without_checksum = [](std::string bytes) { return bytes.erase(20, 4); };
  const std::string talk = without_checksum(message("version", sample::bitcoin_version("/old:0.3/"))) +
                           without_checksum(message("verack")) + message("getaddr");
  const auto seen = seen_in(talk);
  REQUIRE(seen.size() == 3);
  CHECK(seen[0].agent == "/old:0.3/");
  CHECK_FALSE(seen[0].verified);
  CHECK(seen[1].command == "verack");
  CHECK(seen[2].verified);
  check_every_cut(test_flow(8333), {{kClient, talk}, {kServer, talk.substr(0, talk.size() - 24)}});
}

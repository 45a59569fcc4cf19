#include "tests/unit/protocol/talk_fixture.h"

#include <catch2/catch.hpp>

using namespace scanner;
using namespace std::string_literals;

namespace {

const std::string kAuthorize = R"({"id": 2, "method": "mining.authorize", "params": ["user.rig", "x"]})" "\n";
const std::string kTrue2 = R"({"id":2,"result":true,"error":null})" "\n";
const std::string kName = "pool.test.example";
const std::string kAskByName = "\x05\x01\x00\x03"s + static_cast<char>(kName.size()) + kName + "\x0d\x05"s;
const std::string kGranted = "\x05\x00\x00\x01\xc6\x33\x64\x07\x0d\x05"s;

std::vector<ProxyRequestSeen> asked(const Talk& talk) {
  std::vector<ProxyRequestSeen> all;
  for (const Observation& observation : talk.observations())
    if (const auto* what = std::get_if<ProxyRequestSeen>(&observation.what)) all.push_back(*what);
  return all;
}

// The host of the accepted log-in, "" where there was none.
std::string mined_at(const Talk& talk) {
  for (const MiningSeen& seen : talk.seen())
    if (seen.outcome == MiningOutcome::Accepted && seen.tunnelled) return seen.host;
  return "";
}

}  // namespace

TEST_CASE("mining inside SOCKS 5 is read, at the name that was asked for", "[protocol]") {
  Talk talk;
  talk.miner("\x05\x01\x00"s).pool("\x05\x00"s).miner(kAskByName).pool(kGranted).miner(kAuthorize).pool(kTrue2);
  CHECK(talk.story() == Story{"authorise asked", "authorise accepted"});
  CHECK(mined_at(talk) == kName);
  REQUIRE(asked(talk).size() == 1);
  CHECK(asked(talk)[0].protocol == "socks5");
  CHECK(asked(talk)[0].host == kName);
  CHECK(asked(talk)[0].port == 3333);
}

TEST_CASE("SOCKS 5 with a name and password, by address, is read alike", "[protocol]") {
  Talk talk;
  talk.miner("\x05\x02\x00\x02"s).pool("\x05\x02"s).miner("\x01\x03" "ann\x04" "word"s).pool("\x01\x00"s);
  talk.miner("\x05\x01\x00\x01\xcb\x00\x71\x09\x0d\x05"s).pool(kGranted).miner(kAuthorize).pool(kTrue2);
  CHECK(mined_at(talk) == "203.0.113.9:3333");
  Talk six;
  six.miner("\x05\x01\x00"s).pool("\x05\x00"s);
  six.miner("\x05\x01\x00\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07\x0d\x05"s).pool(kGranted).miner(kAuthorize).pool(kTrue2);
  CHECK(mined_at(six) == "[2001:db8::7]:3333");
}

TEST_CASE("SOCKS 4 and 4a are read, by address and by name", "[protocol]") {
  Talk four;
  four.miner("\x04\x01\x0d\x05\xcb\x00\x71\x09" "ann\0"s).pool("\x00\x5a\0\0\0\0\0\0"s).miner(kAuthorize).pool(kTrue2);
  CHECK(mined_at(four) == "203.0.113.9:3333");
  Talk name;
  name.miner("\x04\x01\x0d\x05\0\0\0\x01\0"s + kName + '\0').pool("\x00\x5a\0\0\0\0\0\0"s).miner(kAuthorize).pool(kTrue2);
  CHECK(mined_at(name) == kName);
  CHECK(asked(name)[0].protocol == "socks4a");
}

TEST_CASE("a proxy that refuses is asked in vain, and its name is not kept", "[protocol]") {
  for (const std::string& answer : {"\x05\x00\x05\x02\x00\x01\0\0\0\0\0\0"s, "\x05\x02\x01\x01"s}) {
    Talk talk;
    talk.miner("\x05\x01\x00"s + kAskByName).pool(answer);
    CHECK(asked(talk).size() == 1);
    CHECK(talk.seen().empty());
    talk.session().observe(kClient, {}, MiningSeen{});
    CHECK_FALSE(talk.seen()[0].tunnelled);
  }
}

TEST_CASE("one side of a SOCKS tunnel is enough to read that side", "[protocol]") {
  Talk client;
  client.miner("\x05\x01\x00"s).miner(kAskByName).miner(kAuthorize);
  CHECK(client.story() == Story{"authorise asked"});
  CHECK(client.seen()[0].host == kName);
  Talk server;
  server.pool("\x05\x00"s).pool(kGranted).pool(R"({"id":null,"method":"mining.set_difficulty","params":[32]})" "\n");
  CHECK(server.story() == Story{"difficulty notified"});
  CHECK_FALSE(server.seen()[0].tunnelled);
}

TEST_CASE("what begins like SOCKS and is not says nothing", "[protocol]") {
  for (const std::string& bytes : {"\x05\x01\x00\x05\x01\x01\x03\x01"s, "\x05\x01\x00\x05\x01\x00\x09\x01"s, "\x05\x01\x00\x05\x01\x00\x03\x00zzz"s,
                                   "\x05\x01\x00\x05\x01\x00\x03\x02\x01\x02\x00\x50"s, "\x04\x01\x00\x00\x01\x02\x03\x04\x00"s, "\x05\x01\x00{\"id\":1}"s}) {
    Talk talk;
    talk.miner(bytes);
    CHECK(talk.observations().empty());
  }
  Talk endless;
  endless.miner("\x04\x01\x0d\x05\xcb\x00\x71\x09"s + std::string(5000, 'a'));
  CHECK(endless.observations().empty());
}

TEST_CASE("UDP associations and bindings are left alone", "[protocol]") {
  Talk talk;
  talk.miner("\x05\x01\x00"s).pool("\x05\x00"s).miner("\x05\x03\x00\x01\0\0\0\0\0\0"s).pool(kGranted);
  CHECK(talk.observations().empty());
}

TEST_CASE("an answer of a name server is no answer of SOCKS 4", "[protocol]") {
  const std::string response = sample::dns_response("a.test.example", "b.test.example", "\xc0\x00\x02\x01"s);
  FlowRun run(test_flow(53));
  run.say(kServer, be16(response.size()) + response);
  CHECK(run.sink.all<DnsSeen>().size() == 1);
}

TEST_CASE("a SOCKS handshake reads alike however it is cut", "[protocol]") {
  const std::string hello = sample::client_hello("www.test.example");
  check_every_cut(test_flow(1080), {{kClient, "\x05\x02\x00\x02"s}, {kServer, "\x05\x02"s}, {kClient, "\x01\x01u\x01p"s}, {kServer, "\x01\x00"s},
                                    {kClient, kAskByName + hello}, {kServer, kGranted + sample::server_hello(true)}});
  check_every_cut(test_flow(1080), {{kClient, "\x04\x01\x0d\x05\0\0\0\x01\0"s + kName + '\0' + hello}, {kServer, "\x00\x5a\0\0\0\0\0\0"s}});
}

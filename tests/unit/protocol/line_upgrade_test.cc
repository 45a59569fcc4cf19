#include "tests/unit/protocol/talk_fixture.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

std::vector<std::string> names(const FlowRun& run) {
  std::vector<std::string> all;
  for (const TlsClientHello& hello : run.sink.all<TlsClientHello>()) all.push_back(hello.sni);
  return all;
}

const std::string kHello = sample::client_hello("pool.test.example");

}  // namespace

TEST_CASE("lines that turn to TLS show the name that is asked for", "[protocol]") {
  for (const std::vector<Segment>& segments : std::vector<std::vector<Segment>>{
           {{kServer, "220 mx.test.example ESMTP\r\n"}, {kClient, "EHLO a.test.example\r\n"}, {kServer, "250-mx\r\n250 STARTTLS\r\n"}, {kClient, "STARTTLS\r\n"}, {kServer, "220 go ahead\r\n"}, {kClient, kHello}},
           {{kServer, "* OK IMAP4rev1\r\n"}, {kClient, "a1 STARTTLS\r\n"}, {kServer, "a1 OK\r\n"}, {kClient, kHello}},
           {{kClient, "<?xml version='1.0'?><stream:stream to='test.example'>"}, {kServer, "<?xml version='1.0'?><stream:features/>"}, {kClient, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"}, {kServer, "<proceed/>"}, {kClient, kHello}},
           {{kClient, "OPEN 443\n"}, {kServer, "OK\n"}, {kClient, kHello}}}) {
    FlowRun run(test_flow(25));
    for (const Segment& segment : segments) run.say(segment.sender, segment.bytes);
    CHECK(names(run) == std::vector<std::string>{"pool.test.example"});
    check_every_cut(test_flow(25), segments);
  }
}

TEST_CASE("an upgrade is looked for in the first 8 KiB of text and no further", "[protocol]") {
  for (const std::size_t before : {std::size_t{8191}, std::size_t{8192}}) {
    FlowRun run(test_flow(25));
    run.say(kClient, std::string(before, 'x'));
    run.say(kClient, kHello);
    CHECK(names(run).size() == (before < 8192 ? 1U : 0U));
  }
  FlowRun run(test_flow(25));
  CHECK_FALSE(run.say(kClient, std::string(8192, 'x')));
}

TEST_CASE("a stray byte in text is no upgrade", "[protocol]") {
  FlowRun run(test_flow(25));
  CHECK_FALSE(run.say(kClient, "EHLO a\r\n\x16\x03\x01" + std::string(2 * kProbeBytes, 'g')));
  CHECK(run.sink.taken.empty());
}

TEST_CASE("a greeting in plain words does not hide the pool's answers", "[protocol]") {
  Talk talk;
  talk.pool("Welcome to the pool\n").miner(R"({"id": 2, "method": "mining.authorize", "params": ["user.rig", "x"]})" "\n");
  talk.pool("one moment\n" R"({"id":2,"result":true,"error":null})" "\n");
  CHECK(talk.story() == Story{"authorise asked", "authorise accepted"});
}

#include "tests/unit/protocol/flow_fixture.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

std::string story(const FlowRun& run) {
  std::string text;
  for (const LoginSeen& login : run.sink.all<LoginSeen>())
    text += (login.step == LoginStep::Asked ? "?" : login.step == LoginStep::Accepted ? "+" : "-") + login.protocol + " ";
  return text;
}

// Long enough in both directions that every probe has answered.
std::vector<Segment> settled(std::vector<Segment> segments) {
  segments.front().bytes.insert(segments.front().bytes.size() - 2, std::string(kProbeBytes, 'x'));
  segments.insert(segments.begin() + 1, {kClient, "NOOP " + std::string(kProbeBytes, 'x') + "\r\n"});
  return segments;
}

}  // namespace

TEST_CASE("log-ins in lines are asked, refused and accepted", "[protocol]") {
  const struct {
    std::uint16_t port;
    std::vector<Segment> segments;
    std::string expected;
  } cases[] = {
      {21, {{kServer, "220 ftp\r\n"}, {kClient, "USER a\r\n"}, {kServer, "331 go on\r\n"}, {kClient, "PASS b\r\n"}, {kServer, "530 no\r\n"}, {kClient, "pass c\r\n"}, {kServer, "230 in\r\n"}}, "? -ftp ? +ftp "},
      {587, {{kServer, "220 mx\r\n"}, {kClient, "EHLO a\r\n"}, {kServer, "250 ok\r\n"}, {kClient, "AUTH PLAIN AGEAYg==\r\n"}, {kServer, "535 5.7.8 no\r\n"}}, "? -smtp "},
      {110, {{kServer, "+OK\r\n"}, {kClient, "USER a\r\n"}, {kServer, "+OK\r\n"}, {kClient, "PASS b\r\n"}, {kServer, "-ERR no\r\n"}}, "? -pop3 "},
      {143, {{kServer, "* OK\r\n"}, {kClient, "a1 LOGIN a b\r\n"}, {kServer, "a1 NO no\r\n"}, {kClient, "a2 login a c\r\n"}, {kServer, "a2 OK in\r\n"}}, "? -imap ? +imap "},
  };
  for (const auto& one : cases) {
    FlowRun run(test_flow(one.port));
    const std::vector<Segment> segments = settled(one.segments);
    for (const Segment& segment : segments) run.say(segment.sender, segment.bytes);
    CHECK(story(run) == one.expected);
    check_every_cut(test_flow(one.port), segments);
  }
}

TEST_CASE("a refusal that no log-in preceded is none", "[protocol]") {
  FlowRun run(test_flow(21));
  run.say(kServer, "220 " + std::string(kProbeBytes, 'x') + "\r\n");
  run.say(kClient, "NOOP " + std::string(kProbeBytes, 'x') + "\r\n");
  run.say(kClient, "LIST\r\n");
  run.say(kServer, "530 log in first\r\n");
  CHECK(story(run).empty());
}

TEST_CASE("equal credentials have equal numbers, others have others, and no text is kept", "[protocol]") {
  FlowRun run(test_flow(21));
  run.say(kServer, "220 " + std::string(kProbeBytes, 'x') + "\r\n");
  run.say(kClient, "NOOP " + std::string(kProbeBytes, 'x') + "\r\n");
  for (const char* pass : {"PASS secret\r\n", "PASS secret\r\n", "PASS other\r\n"}) {
    run.say(kClient, pass);
    run.say(kServer, "530 no\r\n");
  }
  std::vector<std::uint64_t> numbers;
  for (const LoginSeen& login : run.sink.all<LoginSeen>())
    if (login.step == LoginStep::Asked) numbers.push_back(login.credentials);
  REQUIRE(numbers.size() == 3);
  CHECK(numbers[0] == numbers[1]);
  CHECK(numbers[0] != numbers[2]);
}

TEST_CASE("whose log-in it is stands in a line before, or in the same", "[protocol]") {
  const auto names = [](std::uint16_t port, const std::string& greeting, const std::vector<std::string>& lines) {
    FlowRun run(test_flow(port));
    run.say(kServer, greeting + std::string(kProbeBytes, 'x') + "\r\n");
    run.say(kClient, "NOOP " + std::string(kProbeBytes, 'x') + "\r\n");
    for (const std::string& line : lines) run.say(kClient, line + "\r\n");
    return run.sink.all<LoginSeen>();
  };
  const auto ftp = names(21, "220 ", {"PASS x", "USER ann", "PASS x", "USER bob", "PASS x", "user ann", "PASS y"});
  REQUIRE(ftp.size() == 4);
  CHECK(ftp[0].name == 0);
  CHECK(ftp[1].name != ftp[2].name);
  CHECK(ftp[1].name == ftp[3].name);
  CHECK(ftp[1].credentials != ftp[2].credentials);
  CHECK(ftp[1].credentials != ftp[3].credentials);
  const auto imap = names(143, "* OK ", {"a LOGIN ann x", "b login ann y", "c LOGIN bob x", "d AUTHENTICATE PLAIN z"});
  REQUIRE(imap.size() == 4);
  CHECK(imap[0].name == imap[1].name);
  CHECK(imap[0].name != imap[2].name);
  CHECK(imap[0].credentials != imap[1].credentials);
  CHECK(imap[3].name == 0);
}

TEST_CASE("a line with a hole says nothing, the next one does", "[protocol]") {
  FlowRun run(test_flow(21));
  run.say(kServer, "220 " + std::string(kProbeBytes, 'x') + "\r\n");
  run.say(kClient, "NOOP " + std::string(kProbeBytes, 'x') + "\r\n");
  run.say(kClient, "PASS b\r\n");
  run.say(kServer, "5");
  run.lose(kServer, 3);
  run.say(kServer, "no\r\n530 no\r\n");
  CHECK(story(run) == "? -ftp ");
}

TEST_CASE("echoes with much in them tell their size and whether two are equal, usual ones are not told", "[protocol]") {
  FlowRef flow = test_flow(0, IpProtocol::Icmp);
  flow.tuple.source.port = 8;
  flow.tuple.destination.port = 0;
  FlowRun run(flow);
  run.datagram(kClient, std::string(56, 'a'));
  run.datagram(kClient, std::string(600, 'a'));
  run.datagram(kServer, std::string(600, 'a'));
  run.datagram(kServer, std::string(600, 'b'));
  const auto echoes = run.sink.all<EchoSeen>();
  REQUIRE(echoes.size() == 3);
  CHECK_FALSE(echoes[0].reply);
  CHECK(echoes[1].reply);
  CHECK(echoes[0].bytes == 600);
  CHECK(echoes[0].content == echoes[1].content);
  CHECK(echoes[0].content != echoes[2].content);
}

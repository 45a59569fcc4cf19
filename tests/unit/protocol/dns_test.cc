#include "tests/unit/protocol/flow_fixture.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

std::vector<DnsSeen> seen_in(std::string_view datagram, std::uint16_t port = 53) {
  FlowRun run(test_flow(port, IpProtocol::Udp));
  run.datagram(kServer, datagram);
  return run.sink.all<DnsSeen>();
}

std::string framed(const std::string& message) { return be16(message.size()) + message; }

const std::string kHeaderOfResponse = from_hex("1234 8180 0001 0001 0000 0000");

}  // namespace

TEST_CASE("a DNS query gives its name in lower case and who asks", "[protocol]") {
  FlowRun run(test_flow(53, IpProtocol::Udp));
  run.datagram(kClient, sample::dns_query("Pool.TEST.example", 28));
  const auto seen = run.sink.all<DnsSeen>();
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].name == "pool.test.example");
  CHECK(seen[0].type == 28);
  CHECK_FALSE(seen[0].response);
  CHECK(seen[0].asker == kClient);
}

TEST_CASE("a DNS response binds the asked name to the addresses of its aliases", "[protocol]") {
  const auto seen = seen_in(sample::dns_response("pool.test.example", "a.cdn.example", from_hex("cb007105")));
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].name == "pool.test.example");
  CHECK(seen[0].response);
  CHECK(seen[0].asker == kClient);
  REQUIRE(seen[0].addresses.size() == 1);
  CHECK(seen[0].addresses[0].to_string() == "203.0.113.5");
}

TEST_CASE("aliases are followed in whatever order a response lists them", "[protocol]") {
  // a -> b -> c with the records of c and b before that of a.
  const std::string message = from_hex(
      "1234 8180 0001 0004 0000 0000"
      " 0161 00 0001 0001"                           // a?
      " 0163 00 0001 0001 0000003c 0004 c0000203"    // c is 192.0.2.3
      " 0162 00 0005 0001 0000003c 0003 016300"      // b is c
      " 0161 00 0005 0001 0000003c 0003 016200"      // a is b
      " 0164 00 0001 0001 0000003c 0004 c0000204");  // somebody else's address
  const auto seen = seen_in(message);
  REQUIRE(seen.size() == 1);
  REQUIRE(seen[0].addresses.size() == 1);
  CHECK(seen[0].addresses[0].to_string() == "192.0.2.3");
}

TEST_CASE("addresses of other names and of refused questions are not bound", "[protocol]") {
  auto other = seen_in(kHeaderOfResponse + from_hex("0161 00 0001 0001 0162 00 0001 0001 0000003c 0004 c0000203"));
  REQUIRE(other.size() == 1);
  CHECK(other[0].addresses.empty());
  auto refused =
      seen_in(from_hex("1234 8183 0001 0001 0000 0000 0161 00 0001 0001 c00c 0001 0001 0000003c 0004 c0000203"));
  REQUIRE(refused.size() == 1);
  CHECK(refused[0].rcode == 3);
  CHECK(refused[0].addresses.empty());
}

TEST_CASE("an IPv6 address is bound, and at most 32 addresses are", "[protocol]") {
  std::string message = from_hex("1234 8180 0001 0028 0000 0000 0161 00 001c 0001");
  for (int i = 0; i < 40; ++i)
    message += from_hex("c00c 001c 0001 0000003c 0010 20010db8 00000000 00000000 000000") + static_cast<char>(i);
  const auto seen = seen_in(message);
  REQUIRE(seen.size() == 1);
  REQUIRE(seen[0].addresses.size() == 32);
  CHECK(seen[0].addresses[1].to_string() == "2001:db8::1");
}

TEST_CASE("compression pointers that go round or forward end a DNS name", "[protocol]") {
  CHECK(seen_in(kHeaderOfResponse + from_hex("c00c 0001 0001")).empty());
  CHECK(seen_in(kHeaderOfResponse + from_hex("0161 c00c 0001 0001")).empty());
  CHECK(seen_in(kHeaderOfResponse + from_hex("c00e 0001 00 0001 0001")).empty());
  CHECK(seen_in(kHeaderOfResponse + from_hex("40 61 00 0001 0001")).empty());
}

TEST_CASE("a name longer than 253 bytes is malformed", "[protocol]") {
  const auto name_of = [](std::size_t last) {
    const std::string label(63, 'x');
    return label + '.' + label + '.' + label + '.' + std::string(last, 'y');
  };
  CHECK(seen_in(sample::dns_query(name_of(61))).size() == 1);
  CHECK(seen_in(sample::dns_query(name_of(62))).empty());
}

TEST_CASE("a dot or a control byte inside a label cannot pass for another name", "[protocol]") {
  const auto seen = seen_in(from_hex("1234 0100 0001 0000 0000 0000 05 61 2e 62 00 63 03 636f6d 00 0001 0001"));
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].name == "a?b?c.com");
}

TEST_CASE("what is not a standard query is no DNS observation", "[protocol]") {
  const std::string question = from_hex("0161 00 0001 0001");
  CHECK(seen_in(from_hex("1234 0100 0001 0000 0000 0000") + question).size() == 1);
  CHECK(seen_in(from_hex("1234 2800 0001 0000 0000 0000") + question).empty());      // update
  CHECK(seen_in(from_hex("1234 0140 0001 0000 0000 0000") + question).size() == 1);  // a reserved bit, which some set
  CHECK(seen_in(from_hex("1234 0100 0002 0000 0000 0000") + question).empty());      // two questions
  CHECK(seen_in(from_hex("1234 0100 0001 0001 0000 0000") + question).empty());      // a query that answers
  CHECK(seen_in(from_hex("1234 8180 0001 ffff ffff 0000") + question).empty());      // more than fits
  CHECK(seen_in(from_hex("1234 0100 0001 0000 0000 0000 0161 00 0001 0003")).empty());  // class CHAOS
  CHECK(seen_in(from_hex("1234 0100 0001 0000 0000")).empty());
  CHECK(seen_in("").empty());
}

TEST_CASE("DNS is read on port 53 only, multicast DNS is not", "[protocol]") {
  CHECK(seen_in(sample::dns_query("a.example"), 53).size() == 1);
  CHECK(seen_in(sample::dns_query("a.example"), 5353).empty());
  CHECK(seen_in(sample::dns_query("a.example"), 5355).empty());
  FlowRun run(test_flow(3333));
  run.say(kClient, framed(sample::dns_query("a.example")));
  CHECK(run.sink.taken.empty());
}

TEST_CASE("a response that was cut keeps the answers that are whole", "[protocol]") {
  std::string message = from_hex("1234 8180 0001 0002 0000 0000 0161 00 0001 0001");
  message += from_hex("c00c 0001 0001 0000003c 0004 c0000203 c00c 0001 0001 0000003c 0004 c000");
  const auto seen = seen_in(message);
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].addresses.size() == 1);
}

TEST_CASE("DNS over TCP reads message after message, whatever the cut", "[protocol]") {
  const std::string query = framed(sample::dns_query("one.example")) + framed(sample::dns_query("two.example", 28));
  const std::string update = framed(from_hex("1234 2800 0001 0000 0000 0000 0161 00 0001 0001"));
  const std::string response = framed(sample::dns_response("one.example", "a.example", from_hex("c0000203")));
  const std::vector<Segment> talk = {{kClient, query}, {kServer, response + update + response}};
  const auto seen = observed_with_cut(test_flow(53), talk, 0);
  CHECK(seen == std::vector<std::string>{"1 > dns one.example 1 query", "1 > dns two.example 28 query",
                                         "2 < dns one.example 1 response 192.0.2.3",
                                         "2 < dns one.example 1 response 192.0.2.3"});
  check_every_cut(test_flow(53), talk);
}

TEST_CASE("a hole within one DNS message over TCP loses only that message", "[protocol]") {
  FlowRun run(test_flow(53));
  const std::string one = framed(sample::dns_query("one.example")), two = framed(sample::dns_query("two.example"));
  run.say(kClient, one + two.substr(0, 20));
  run.lose(kClient, 5);
  run.say(kClient, two.substr(25) + one);
  const auto seen = run.sink.all<DnsSeen>();
  REQUIRE(seen.size() == 2);
  CHECK(seen[1].name == "one.example");
}

TEST_CASE("a malformed message ends DNS over TCP with a reason", "[protocol]") {
  FlowRun run(test_flow(53));
  run.say(kClient, framed(sample::dns_query("one.example")) + framed(from_hex("1234 0100 0001 0001 0000 0000 00")));
  const auto gave_up = run.sink.all<ParserGaveUp>();
  REQUIRE(gave_up.size() == 1);
  CHECK(gave_up[0].parser == "dns");
  CHECK(gave_up[0].reason == "a malformed message");
}

#include "scanner/packet/tcp_stream.h"

#include "tests/unit/packet/flow_recorder.h"

#include <catch2/catch.hpp>

#include <string>

using namespace scanner;
using namespace scanner::test;

namespace {

std::vector<TcpSegment> only(const TcpDialogue& talk, Direction from) {
  std::vector<TcpSegment> kept;
  for (const TcpSegment& segment : talk.segments)
    if (segment.from == from) kept.push_back(segment);
  return kept;
}

// Handshake, then these texts from the client, unacknowledged.
TcpDialogue client_says(const std::vector<std::string>& texts) {
  TcpDialogue talk;
  talk.handshake();
  for (const std::string& text : texts) talk.client(text);
  return talk;
}

}  // namespace

TEST_CASE("segments out of order are delivered in order, each with its own frame", "[packet]") {
  TcpDialogue talk = client_says({"aa", "bb", "cc", "dd"});
  std::swap(talk.segments[3], talk.segments[5]);  // cc bb aa dd
  FlowRun run;
  run.feed(talk);
  REQUIRE(run.flow().client() == "aabbccdd");
  const auto& bytes = run.flow().bytes[0];
  REQUIRE(bytes.size() == 4);
  CHECK(bytes[0].frame == 6);
  CHECK(bytes[1].frame == 5);
  CHECK(bytes[2].frame == 4);
  CHECK(bytes[2].at == bytes[0].at);  // the time of the packet that let it through
  CHECK(bytes[3].offset == 6);
}

TEST_CASE("a retransmission with different bytes keeps the first copy", "[packet]") {
  TcpDialogue talk = client_says({"first", "second"});
  TcpSegment forged = talk.segments[3];
  forged.payload = "fXrst";
  talk.segments.push_back(forged);
  FlowRun run;
  run.feed(talk).finish();
  CHECK(run.flow().client() == "firstsecond");
  CHECK(run.flow().counters.conflicting_bytes[0] == 1);
  CHECK(run.tracker.counters().conflicting_bytes == 1);
}

TEST_CASE("of overlapping bytes behind a hole the first copy is kept and the conflict counted", "[packet]") {
  TcpDialogue talk = client_says({"ab", "cdef", "gh"});
  TcpSegment wide = talk.segments[4];
  wide.payload = "cdXXgh";
  const std::vector<TcpSegment> order{talk.segments[0], talk.segments[1], talk.segments[2], talk.segments[4], wide,
                                      talk.segments[3]};
  FlowRun run;
  run.feed(talk, order).finish();
  CHECK(run.flow().client() == "abcdefgh");
  CHECK(run.flow().counters.conflicting_bytes[0] == 2);
}

TEST_CASE("a retransmission that brings more than before delivers the rest", "[packet]") {
  TcpDialogue talk = client_says({"abc"});
  TcpSegment longer = talk.segments[3];
  longer.payload = "abcdef";
  FlowRun run;
  run.feed(talk).feed(talk, longer).finish();
  CHECK(run.flow().client() == "abcdef");
  CHECK(run.flow().counters.conflicting_bytes[0] == 0);
}

TEST_CASE("a hole that the other side acknowledged is a gap", "[packet]") {
  TcpDialogue talk;
  talk.handshake().client("one").client_loses(5).server_acks().client("two").server_acks();
  FlowRun run;
  run.feed(talk);
  CHECK(run.flow().client() == "one[5]two");
  CHECK(run.flow().bytes[0].back().offset == 8);
  CHECK(run.flow().bytes[0].back().at == talk.segments[5].at);
  run.finish();
  CHECK(run.flow().counters.gap_bytes[0] == 5);
  CHECK(run.tracker.counters().gaps == 1);
}

TEST_CASE("a hole is waited for until the acknowledgement passes it", "[packet]") {
  TcpDialogue talk = client_says({"one", "two", "three"});
  const TcpSegment lost = talk.segments[4];
  talk.segments.erase(talk.segments.begin() + 4);
  TcpSegment duplicate_ack{talk.at, Direction::FromResponder, talk.server_sequence, lost.sequence, "A", ""};
  FlowRun run;
  run.feed(talk).feed(talk, duplicate_ack);
  CHECK(run.flow().client() == "one");
  SECTION("and the retransmission fills it") {
    run.feed(talk, lost);
    CHECK(run.flow().client() == "onetwothree");
  }
  SECTION("and then it is a gap") {
    talk.segments.clear();
    run.feed(talk.server_acks());
    CHECK(run.flow().client() == "one[3]three");
  }
}

TEST_CASE("a hole at the end of a flow is a gap", "[packet]") {
  TcpDialogue talk = client_says({"one"});
  talk.client_loses(4).client("three");
  FlowRun run;
  run.feed(talk);
  CHECK(run.flow().client() == "one");
  run.finish();
  CHECK(run.flow().client() == "one[4]three");
}

TEST_CASE("a hole is given up when as much waits behind it as the limit says", "[packet]") {
  FlowLimits limits;
  limits.max_pending_bytes = 4000;
  FlowRun run(limits);
  TcpDialogue talk;
  talk.handshake().client("one").server_acks().client_loses(10);
  for (int i = 0; i < 3; ++i) talk.client(std::string(1000, 'x'));
  run.feed(talk);
  CHECK(run.flow().gaps[0].empty());
  talk.segments.clear();
  run.feed(talk.client(std::string(1000, 'x')));
  CHECK(run.flow().gaps[0] == std::vector<SeenGap>{{3, 10}});
  CHECK(run.flow().client().size() == 3 + 4 + 4000);
}

TEST_CASE("many holes cost more than their bytes, so that memory is bounded", "[packet]") {
  FlowLimits limits;
  limits.max_pending_bytes = 10 * 257;
  FlowRun run(limits);
  TcpDialogue talk;
  talk.handshake().client("one").server_acks();
  for (int i = 0; i < 20; ++i) talk.client_loses(1).client("x");
  run.feed(talk);
  CHECK(run.flow().gaps[0].size() == 11);
}

TEST_CASE("the shard's limit gives up the hole that has waited longest", "[packet]") {
  FlowLimits limits;
  limits.max_pending_bytes_per_shard = 3 * 1256;
  FlowRun run(limits);
  TcpDialogue talks[3];
  for (std::uint16_t i = 0; i < 3; ++i) {
    talks[i].client_port = static_cast<std::uint16_t>(40000 + i);
    talks[i].handshake().server_acks().client_loses(1).client(std::string(1000, 'x'));
  }
  run.feed(talks[0]).feed(talks[1]);
  CHECK(run.flow(0).gaps[0].empty());
  run.feed(talks[2]);
  CHECK(run.flow(0).gaps[0].size() == 1);
  CHECK(run.flow(1).gaps[0].empty());
  CHECK(run.flow(2).gaps[0].empty());
}

TEST_CASE("where only one side is captured a hole is given up after 3 s or a quarter of the limit", "[packet]") {
  TcpDialogue talk;
  talk.handshake().client("one").client_loses(10).client("two").wait(std::chrono::seconds(3)).client("three");
  FlowRun run;
  run.feed(talk, only(talk, Direction::FromInitiator));
  CHECK(run.flow().client() == "one[10]twothree");
  FlowLimits limits;
  limits.max_pending_bytes = 8000;
  TcpDialogue fast;
  fast.handshake().client("one").client_loses(10).client(std::string(2000, 'x'));
  FlowRun other(limits);
  other.feed(fast, only(fast, Direction::FromInitiator));
  CHECK(other.flow().gaps[0].size() == 1);
}

TEST_CASE("a hole that nobody acknowledges is given up after a minute", "[packet]") {
  TcpDialogue talk = client_says({"one"});
  talk.client_loses(4).client("two").wait(std::chrono::seconds(60)).client("three");
  FlowRun run;
  run.feed(talk);
  CHECK(run.flow().client() == "one[4]twothree");
}

TEST_CASE("bytes that the snaplen cut are a gap at once", "[packet]") {
  TcpDialogue talk = client_says({"question", "next"});
  FlowRun run;
  for (std::size_t i = 0; i < 5; ++i) {
    const Buffer packet = talk.packet(talk.segments[i]);
    run.feed(packet, talk.segments[i].at, i == 3 ? packet.size() - 3 : SIZE_MAX);
  }
  CHECK(run.flow().client() == "quest[3]next");
}

TEST_CASE("bytes that the snaplen cut behind a hole are a gap once it is filled", "[packet]") {
  TcpDialogue talk = client_says({"one", "question", "next"});
  FlowRun run;
  for (const std::size_t i : {0U, 1U, 2U, 4U, 5U, 3U}) {
    const Buffer packet = talk.packet(talk.segments[i]);
    run.feed(packet, talk.segments[i].at, i == 4 ? packet.size() - 3 : SIZE_MAX);
  }
  CHECK(run.flow().client() == "onequest[3]next");
}

TEST_CASE("a flow whose start was not seen begins with its first bytes", "[packet]") {
  TcpDialogue talk;
  talk.client("one").server("uno").client("two");
  FlowRun run;
  run.feed(talk);
  CHECK_FALSE(run.flow().ref.start_seen);
  CHECK(run.flow().client() == "onetwo");
  CHECK(run.flow().server() == "uno");
  CHECK(run.flow().bytes[0].front().offset == 0);
  CHECK(run.flow().bytes[1].front().offset == 0);
}

TEST_CASE("mid-stream bytes missing before the first ones are no gap", "[packet]") {
  TcpDialogue talk;
  talk.client("one").server_loses(100).server("uno");
  FlowRun run;
  run.feed(talk).finish();
  CHECK(run.flow().server() == "uno");
}

TEST_CASE("bytes missing after a handshake are a gap", "[packet]") {
  TcpDialogue talk;
  talk.handshake().server_loses(100).client_acks().server("uno");
  FlowRun run;
  run.feed(talk);
  CHECK(run.flow().server() == "[100]uno");
  talk.segments.erase(talk.segments.begin() + 1);  // also where the SYN-ACK is missing
  FlowRun without;
  without.feed(talk);
  CHECK(without.flow().server() == "[100]uno");
}

TEST_CASE("sequence numbers wrap round", "[packet]") {
  TcpDialogue talk;
  talk.client_sequence = 0xfffffff0;
  talk.handshake();
  std::string sent;
  for (int i = 0; i < 10; ++i) {
    const std::string text = "message " + std::to_string(i) + ";";
    talk.client(text);
    sent += text;
  }
  std::swap(talk.segments[4], talk.segments[5]);
  FlowRun run;
  run.feed(talk);
  CHECK(run.flow().client() == sent);
}

TEST_CASE("keep-alive probes are neither bytes nor conflicts", "[packet]") {
  TcpDialogue talk = client_says({"data"});
  TcpSegment probe{talk.at, Direction::FromInitiator, talk.client_sequence - 1, talk.server_sequence,
                   "A",     std::string(1, '\0')};
  TcpSegment empty = probe;
  empty.payload.clear();
  FlowRun run;
  run.feed(talk).feed(talk, probe).feed(talk, empty);
  talk.segments.clear();
  run.feed(talk.client("more")).finish();
  CHECK(run.flow().client() == "datamore");
  CHECK(run.flow().counters.conflicting_bytes[0] == 0);
}

TEST_CASE("acknowledgements are reported in the other side's offsets when they advance", "[packet]") {
  FlowRun run;
  run.seen.watch_acknowledgements = true;
  TcpDialogue talk;
  talk.handshake().client("12345").server("123").client_acks().client_acks().client("678").server_acks();
  run.feed(talk);
  CHECK(run.flow().acknowledged[1] == std::vector<std::uint64_t>{5, 8});
  CHECK(run.flow().acknowledged[0] == std::vector<std::uint64_t>{3});
}

TEST_CASE("acknowledgements of a FIN add nothing", "[packet]") {
  FlowRun run;
  run.seen.watch_acknowledgements = true;
  TcpDialogue talk;
  talk.handshake().client("12345").client_closes().server_acks();
  run.feed(talk);
  CHECK(run.flow().acknowledged[1] == std::vector<std::uint64_t>{5});
}

TEST_CASE("of a one-sided capture acknowledgements give the offsets of what was not captured", "[packet]") {
  TcpDialogue talk;
  talk.handshake().client("login").server("accepted").client_acks().client("share").server("true").client_acks();
  SECTION("from the handshake on") {
    FlowRun run;
    run.seen.watch_acknowledgements = true;
    run.feed(talk, only(talk, Direction::FromInitiator));
    CHECK(run.flow().client() == "loginshare");
    CHECK(run.flow().acknowledged[0] == std::vector<std::uint64_t>{8, 12});
  }
  SECTION("mid-stream, from the first acknowledgement seen") {
    FlowRun run;
    run.seen.watch_acknowledgements = true;
    auto segments = only(talk, Direction::FromInitiator);
    segments.erase(segments.begin(), segments.begin() + 3);  // the first to come acknowledges 8
    run.feed(talk, segments);
    CHECK(run.flow().acknowledged[0] == std::vector<std::uint64_t>{4});
  }
  SECTION("on the server's side") {
    FlowRun run;
    run.seen.watch_acknowledgements = true;
    run.feed(talk, only(talk, Direction::FromResponder));
    CHECK(run.flow().acknowledged[1] == std::vector<std::uint64_t>{5, 10});
    CHECK(run.flow().server() == "acceptedtrue");
  }
}

TEST_CASE("nobody hears of acknowledgements who did not ask", "[packet]") {
  TcpDialogue talk;
  talk.handshake().client("12345").server_acks();
  FlowRun run;
  run.feed(talk);
  CHECK(run.flow().acknowledged[1].empty());
}

TEST_CASE("a direction that is not wanted is passed over and taken up in order", "[packet]") {
  FlowRun run;
  run.seen.enough = 3;
  TcpDialogue talk;
  talk.handshake().client("one").client("two").client_loses(4).client("three").server("uno");
  run.feed(talk);
  CHECK(run.flow().client() == "one");
  CHECK(run.flow().server() == "uno");
  run.seen.open.at(1)->wanted[0] = true;
  talk.segments.clear();
  run.feed(talk.client("four")).finish();
  CHECK(run.flow().client() == "onefour");
  CHECK(run.flow().bytes[0].back().offset == 15);
  CHECK(run.flow().counters.bytes[0] == 15);
}

TEST_CASE("interest that ends while waiting bytes are delivered ends the delivery", "[packet]") {
  FlowRun run;
  run.seen.enough = 80;
  const std::string a(40, 'a'), b(40, 'b'), c(40, 'c'), d(40, 'd');
  TcpDialogue talk = client_says({a, b, c, d});
  std::swap(talk.segments[3], talk.segments[6]);
  run.feed(talk).finish();
  CHECK(run.flow().client() == a + b);
}

TEST_CASE("a stream that jumped is taken up where the other side acknowledges it", "[packet]") {
  TcpDialogue talk;
  talk.handshake().client("one").server_acks();
  talk.client_sequence -= 500'000'000;
  talk.client("lost").server_acks().client("found").client("again");
  FlowRun run;
  run.feed(talk);
  CHECK(run.flow().gaps[0].size() == 1);
  CHECK(run.flow().bytes[0].back().text == "again");
  CHECK(run.flow().bytes[0][1].text == "found");
}

TEST_CASE("a stream that jumped unacknowledged is taken up after 64 KiB in a row", "[packet]") {
  TcpDialogue talk;
  talk.handshake().client("one");
  talk.client_sequence -= 500'000'000;
  for (int i = 0; i < 70; ++i) talk.client(std::string(1000, static_cast<char>('a' + i % 26)));
  FlowRun run;
  run.feed(talk, only(talk, Direction::FromInitiator));
  std::size_t delivered = 0;
  for (const SeenBytes& part : run.flow().bytes[0]) delivered += part.text.size();
  CHECK(delivered == 3 + 70000 - kResyncBytes);
}

TEST_CASE("stray bytes far from the stream do not disturb it", "[packet]") {
  for (const std::uint32_t away : {500'000'000U, 1'500'000'000U, 0U - 500'000'000U}) {
    TcpDialogue talk;
    talk.handshake().client("one");
    TcpDialogue forged = talk;
    forged.segments.clear();
    forged.client_sequence += away;
    forged.client("forged");
    talk.client("two").server_acks();
    talk.segments.insert(talk.segments.begin() + 4, forged.segments[0]);
    FlowRun run;
    run.feed(talk);
    CHECK(run.flow().client() == "onetwo");
  }
}

TEST_CASE("more than 4 GiB that only acknowledgements show are counted", "[packet]") {
  FlowRun run;
  run.seen.watch_acknowledgements = true;
  TcpDialogue talk;
  talk.handshake();
  for (int i = 0; i < 12; ++i) talk.server_loses(1U << 29).client_acks();
  run.feed(talk, only(talk, Direction::FromInitiator));
  REQUIRE(run.flow().acknowledged[0].size() == 12);
  CHECK(run.flow().acknowledged[0].back() == 12ULL << 29);
}

TEST_CASE("bytes acknowledged before they came may still come in any order", "[packet]") {
  TcpDialogue talk = client_says({"one", "two", "three"});
  talk.step = Duration(0);
  for (TcpSegment& segment : talk.segments) segment.at = talk.at;
  const TcpSegment ack{talk.at, Direction::FromResponder, talk.server_sequence, talk.client_sequence, "A", ""};
  std::vector<TcpSegment> order(talk.segments.begin(), talk.segments.begin() + 3);
  for (const TcpSegment& segment : {ack, talk.segments[5], talk.segments[4], talk.segments[3]})
    order.push_back(segment);
  FlowRun run;
  run.feed(talk, order);
  CHECK(run.flow().client() == "onetwothree");
}

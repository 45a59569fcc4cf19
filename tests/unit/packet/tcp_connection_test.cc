#include "scanner/packet/tcp_connection.h"

#include "tests/unit/packet/flow_recorder.h"

#include <catch2/catch.hpp>

using namespace scanner;
using namespace scanner::test;

namespace {

TcpDialogue another(const TcpDialogue& first, std::uint32_t sequence) {
  TcpDialogue second;
  second.at = first.at;
  second.client_sequence = sequence;
  second.server_sequence = sequence + 77;
  return second;
}

}  // namespace

TEST_CASE("a repeated SYN belongs to its connection", "[packet]") {
  TcpDialogue talk;
  talk.handshake().client("hello");
  talk.segments.insert(talk.segments.begin(), talk.segments.front());
  talk.segments.push_back(talk.segments.front());
  FlowRun run;
  run.feed(talk);
  CHECK(run.seen.flows.size() == 1);
  CHECK(run.flow().client() == "hello");
}

TEST_CASE("a SYN that comes late belongs to its connection", "[packet]") {
  TcpDialogue talk;
  talk.handshake().client("hello");
  std::swap(talk.segments[0], talk.segments[1]);
  FlowRun run;
  run.feed(talk);
  CHECK(run.seen.flows.size() == 1);
  CHECK(run.flow().client() == "hello");
  TcpDialogue later;
  later.handshake().client("hello").client("again");
  std::swap(later.segments[0], later.segments[3]);
  FlowRun second;
  second.feed(later);
  CHECK(second.seen.flows.size() == 1);
  CHECK(second.flow().ref.start_seen);
  CHECK(second.flow().client() == "helloagain");
}

TEST_CASE("a SYN with another number on an unanswered attempt is another attempt", "[packet]") {
  TcpDialogue first;
  first.say(Direction::FromInitiator, "S");
  TcpDialogue second = another(first, 5000);
  second.say(Direction::FromInitiator, "S");
  FlowRun run;
  run.feed(first).feed(second);
  CHECK(run.seen.flows.size() == 2);
}

TEST_CASE("a SYN after the end is another connection", "[packet]") {
  for (const bool reset : {false, true}) {
    TcpDialogue first;
    first.handshake().client("one");
    reset ? first.server_resets() : first.close();
    TcpDialogue second = another(first, 5000);
    second.handshake().client("two");
    FlowRun run;
    run.feed(first).feed(second);
    REQUIRE(run.seen.flows.size() == 2);
    CHECK(run.flow(0).client() == "one");
    CHECK(run.flow(0).end == (reset ? FlowEnd::Reset : FlowEnd::Closed));
    CHECK(run.flow(1).client() == "two");
  }
}

TEST_CASE("a SYN in the midst of a connection counts once it is answered", "[packet]") {
  TcpDialogue first;
  first.handshake().client("one");
  TcpDialogue second = another(first, 5000);
  second.handshake().client("two").server("three");
  FlowRun run;
  run.feed(first).feed(second);
  REQUIRE(run.seen.flows.size() == 2);
  CHECK(run.flow(1).ref.start_seen);
  CHECK(run.flow(1).client() == "two");
  CHECK(run.flow(1).server() == "three");
}

TEST_CASE("a SYN in the midst of a connection counts once its sender goes on from there", "[packet]") {
  TcpDialogue first;
  first.handshake().client("one");
  TcpDialogue second = another(first, 5000);
  second.handshake().client("two");
  second.segments.erase(second.segments.begin() + 1);
  FlowRun run;
  run.feed(first).feed(second);
  REQUIRE(run.seen.flows.size() == 2);
  CHECK(run.flow(1).client() == "two");
}

TEST_CASE("a forged SYN, SYN-ACK, FIN or RST does not end a conversation", "[packet]") {
  for (const char* flags : {"S", "SA", "FA", "R", "RA"}) {
    for (const Direction from : {Direction::FromInitiator, Direction::FromResponder}) {
      TcpDialogue talk;
      talk.handshake().client("one,").server("uno,");
      TcpDialogue forged = talk;
      forged.segments.clear();
      // FIN and RST are given numbers that are in the window, the others must not be.
      if (*flags == 'S') forged.client_sequence = forged.server_sequence = 5000;
      forged.say(from, flags);
      talk.at = forged.at;
      talk.client("two").server("dos").client_acks();
      talk.segments.insert(talk.segments.begin() + 5, forged.segments.begin(), forged.segments.end());
      FlowRun run;
      run.feed(talk).advance(std::chrono::minutes(4));
      INFO(flags << " from " << static_cast<int>(from));
      REQUIRE(run.seen.flows.size() == 1);
      CHECK(run.flow().client() == "one,two");
      CHECK(run.flow().server() == "uno,dos");
      CHECK_FALSE(run.flow().end);
    }
  }
}

TEST_CASE("a refused attempt ends as reset", "[packet]") {
  TcpDialogue talk;
  talk.say(Direction::FromInitiator, "S");
  talk.server_sequence = 0;
  talk.say(Direction::FromResponder, "RA");
  FlowRun run;
  run.feed(talk).advance(FlowLimits{}.tcp_closing);
  REQUIRE(run.seen.flows.size() == 1);
  CHECK(run.flow().end == FlowEnd::Reset);
}

TEST_CASE("an RST outside of the window is ignored", "[packet]") {
  TcpDialogue talk;
  talk.handshake().client("hello").client_loses(50'000'000).client_resets();
  FlowRun run;
  run.feed(talk).advance(FlowLimits{}.tcp_closing);
  CHECK_FALSE(run.flow().end);
}

TEST_CASE("an RST mid-stream, where no number is known, is believed", "[packet]") {
  TcpDialogue talk;
  talk.client_resets();
  FlowRun run;
  run.feed(talk).advance(FlowLimits{}.tcp_closing);
  CHECK(run.flow().end == FlowEnd::Reset);
}

TEST_CASE("one side's FIN does not end a conversation that both sides hold", "[packet]") {
  TcpDialogue talk;
  talk.handshake().client("request").client_closes().server("answer");
  FlowRun run;
  run.feed(talk).advance(FlowLimits{}.tcp_closing);
  CHECK_FALSE(run.flow().end);
  CHECK(run.flow().server() == "answer");
}

TEST_CASE("of a one-sided capture the one FIN is enough", "[packet]") {
  TcpDialogue talk;
  talk.handshake().client("request").client_closes();
  std::erase_if(talk.segments, [](const TcpSegment& s) { return s.from == Direction::FromResponder; });
  FlowRun run;
  run.feed(talk).advance(FlowLimits{}.tcp_closing);
  CHECK(run.flow().end == FlowEnd::Closed);
}

TEST_CASE("data in a SYN is delivered once", "[packet]") {
  TcpDialogue talk;
  talk.say(Direction::FromInitiator, "S", "early,").say(Direction::FromResponder, "SA").client("late");
  talk.segments.insert(talk.segments.begin(), talk.segments.front());
  FlowRun run;
  run.feed(talk);
  CHECK(run.flow().client() == "early,late");
  CHECK(run.flow().bytes[0].front().offset == 0);
}

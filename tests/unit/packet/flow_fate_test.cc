#include "scanner/packet/answer_queue.h"
#include "tests/unit/packet/flow_recorder.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace scanner;
using namespace scanner::test;
using namespace std::chrono_literals;

namespace {

constexpr Timestamp kStart{1'700'000'000'000'000'000};

struct Lives final : FlowRecorder {
  std::vector<FlowLife> lives;
  void on_life(const Flow&, const FlowLife& life) override { lives.push_back(life); }
};

// Packets as they come, and what was told of their flows.
struct Run {
  explicit Run(const FlowLimits& limits = {}) : tracker(limits, 0, seen) {}

  Run& feed(const Buffer& bytes, Timestamp at) {
    Packet packet;
    packet.at = at;
    packet.data = bytes;
    packet.original_length = static_cast<std::uint32_t>(bytes.size());
    Decoded decoded;
    decode(packet, decoded);
    ++frame;
    tracker.feed(decoded, {at, frame, frame, 0});
    return *this;
  }
  Run& feed(const TcpDialogue& talk) {
    for (const TcpSegment& segment : talk.segments) feed(talk.packet(segment), segment.at);
    return *this;
  }
  Run& wait_until(Timestamp at) {
    tracker.advance({at, frame, frame, 0});
    return *this;
  }
  std::vector<LifeStep> steps() const {
    std::vector<LifeStep> all;
    for (const FlowLife& life : seen.lives) all.push_back(life.step);
    return all;
  }
  using Steps = std::vector<LifeStep>;

  Lives seen;
  FlowTracker tracker;
  std::uint32_t frame = 0;
};

Buffer udp(const char* from, std::uint16_t from_port, const char* to, std::uint16_t to_port, const std::string& text) {
  return PacketBuilder().ethernet().ip(from, to).udp(from_port, to_port).payload(text).build();
}

}  // namespace

TEST_CASE("a SYN is answered, refused, or not answered within the patience, and that is told once", "[packet]") {
  TcpDialogue answered, refused, silent;
  answered.handshake().client("hello").server("welcome").close();
  refused.say(Direction::FromInitiator, "S").say(Direction::FromResponder, "RA");
  silent.say(Direction::FromInitiator, "S");
  CHECK(Run().feed(answered).steps() == Run::Steps{LifeStep::Answered});
  CHECK(Run().feed(refused).steps() == Run::Steps{LifeStep::Refused});
  Run run;
  run.feed(silent);
  CHECK(run.steps().empty());
  run.wait_until(silent.at + 3s);
  CHECK(run.steps().empty());
  run.wait_until(silent.at + 5s).wait_until(silent.at + 500s);
  REQUIRE(run.steps() == Run::Steps{LifeStep::Unanswered});
  CHECK(run.seen.lives[0].frame == 1);
  CHECK_FALSE(run.seen.lives[0].run_ended);
}

TEST_CASE("what was not answered when the run ended says so", "[packet]") {
  TcpDialogue silent;
  silent.say(Direction::FromInitiator, "S");
  Run run;
  run.feed(silent);
  run.tracker.finish({silent.at + 1s, 9, 9, 0});
  REQUIRE(run.steps() == Run::Steps{LifeStep::Unanswered});
  CHECK(run.seen.lives[0].run_ended);
  CHECK(run.seen.lives[0].at - run.seen.lives[0].from >= 1s);
}

TEST_CASE("a client that talks on was answered where nobody listened", "[packet]") {
  TcpDialogue talk;
  talk.handshake().client("hello").server("welcome").client_acks();
  std::erase_if(talk.segments, [](const TcpSegment& segment) { return segment.from == Direction::FromResponder; });
  CHECK(Run().feed(talk).wait_until(talk.at + 60s).steps().empty());
}

TEST_CASE("a segment out of the blue that carries nothing is a probe; one that carries bytes is a conversation", "[packet]") {
  TcpDialogue probe, talk;
  probe.say(Direction::FromInitiator, "A");
  talk.say(Direction::FromInitiator, "AP", "hello");
  Run run;
  run.feed(probe).wait_until(probe.at + 60s);
  REQUIRE(run.steps() == Run::Steps{LifeStep::Unanswered});
  CHECK_FALSE(run.seen.lives[0].flow.start_seen);
  CHECK(Run().feed(talk).wait_until(talk.at + 60s).steps().empty());
}

TEST_CASE("an answer that nobody asked for is told as one", "[packet]") {
  TcpDialogue talk;
  talk.say(Direction::FromResponder, "SA");
  CHECK(Run().feed(talk).wait_until(talk.at + 60s).steps() == Run::Steps{LifeStep::Unasked});
}

TEST_CASE("an answer that nobody asked for is told again when it came more often than anybody repeats it", "[packet]") {
  TcpDialogue often, taken_up, few;
  for (int i = 0; i < 40; ++i) often.say(Direction::FromResponder, "SA");
  for (int i = 0; i < 6; ++i) few.say(Direction::FromResponder, "SA");
  taken_up.say(Direction::FromResponder, "SA").say(Direction::FromInitiator, "A");
  for (int i = 0; i < 40; ++i) taken_up.say(Direction::FromResponder, "SA");
  Run run;
  REQUIRE(run.feed(often).steps() == Run::Steps(4, LifeStep::Unasked));
  CHECK(run.seen.lives[3].packets[1] == 32);
  CHECK(Run().feed(few).steps() == Run::Steps(1, LifeStep::Unasked));
  CHECK(Run().feed(taken_up).steps() == Run::Steps(1, LifeStep::Unasked));
}

TEST_CASE("a second with many datagrams one way is told with its counts", "[packet]") {
  FlowLimits limits;
  limits.volume_packets = 10;
  Run run(limits);
  for (int i = 0; i < 12; ++i) run.feed(udp("192.0.2.1", 5000, "198.51.100.2", 9, "12345678"), kStart + i * 10ms);
  run.feed(udp("198.51.100.2", 9, "192.0.2.1", 5000, "x"), kStart + 500ms);
  run.feed(udp("192.0.2.1", 5000, "198.51.100.2", 9, "12345678"), kStart + 2s);
  REQUIRE(run.steps() == Run::Steps{LifeStep::Answered, LifeStep::Volume});
  const FlowLife& life = run.seen.lives[1];
  CHECK(life.packets[0] == 12);
  CHECK(life.packets[1] == 1);
  CHECK(life.bytes[0] == 96);
  CHECK(life.from == kStart);
}

TEST_CASE("TCP is measured only where one side is silent", "[packet]") {
  FlowLimits limits;
  limits.volume_packets = 10;
  TcpDialogue talk, flood;
  talk.step = flood.step = 1ms;
  talk.handshake();
  for (int i = 0; i < 50; ++i) talk.client("x");
  for (int i = 0; i < 50; ++i) flood.say(Direction::FromInitiator, "AP", "x");
  flood.wait(2s).say(Direction::FromInitiator, "AP", "x");
  CHECK(Run(limits).feed(talk).steps() == Run::Steps{LifeStep::Answered});
  const auto steps = Run(limits).feed(flood).steps();
  CHECK(std::count(steps.begin(), steps.end(), LifeStep::Volume) == 1);
}

TEST_CASE("sessions at the ports that were asked for are told when they end", "[packet]") {
  FlowLimits limits;
  auto ports = std::make_shared<std::bitset<65536>>();
  ports->set(22);
  limits.told_ports = ports;
  TcpDialogue ssh, web;
  ssh.server_port = 22;
  web.server_port = 80;
  ssh.handshake().client("SSH-2.0-a\n").server("SSH-2.0-b\n").close();
  web.handshake().client("GET").server("200").close();
  Run run(limits);
  run.feed(ssh).feed(web);
  run.tracker.finish({ssh.at + 60s, 99, 99, 0});
  REQUIRE(run.steps() == Run::Steps{LifeStep::Answered, LifeStep::Answered, LifeStep::Ended});
  CHECK(run.seen.lives[2].flow.tuple.destination.port == 22);
  CHECK(run.seen.lives[2].bytes[0] == 10);
}

TEST_CASE("a flow in the place of one that ended while it waited has its own patience", "[packet]") {
  FlowLimits limits;
  limits.answer_patience = 10s;
  limits.udp_idle = 2s;
  Run run(limits);
  run.feed(udp("192.0.2.1", 1000, "198.51.100.1", 53, "first"), kStart).wait_until(kStart + 3s);
  CHECK(run.steps() == Run::Steps{LifeStep::Unanswered});
  const Buffer second = udp("192.0.2.2", 2000, "198.51.100.2", 53, "second");
  for (int at = 3; at <= 12; ++at) run.feed(second, kStart + at * 1s);
  CHECK(run.steps().size() == 1);  // at the tenth second the first one would have been due
  run.wait_until(kStart + 13s);
  REQUIRE(run.steps() == Run::Steps{LifeStep::Unanswered, LifeStep::Unanswered});
  CHECK(run.seen.lives[1].flow.tuple.source.port == 2000);
  run.feed(udp("198.51.100.2", 53, "192.0.2.2", 2000, "at last"), kStart + 13500ms);
  CHECK(run.steps().size() == 2);
}

TEST_CASE("the queue for answers keeps its order as it grows, and forgets the oldest beyond its bound", "[packet]") {
  AnswerQueue queue(100);
  for (std::uint64_t i = 0; i < 70; ++i) queue.push({i, Timestamp{static_cast<std::int64_t>(i)}, 0});
  for (std::uint64_t i = 0; i < 50; ++i) {
    REQUIRE(queue.front().flow == i);
    queue.pop();
  }
  for (std::uint64_t i = 70; i < 250; ++i) queue.push({i, Timestamp{static_cast<std::int64_t>(i)}, 0});
  for (std::uint64_t i = 150; i < 250; ++i) {
    REQUIRE(queue.front().flow == i);
    CHECK(queue.due().ns == static_cast<std::int64_t>(i));
    queue.pop();
  }
  CHECK(queue.empty());
}

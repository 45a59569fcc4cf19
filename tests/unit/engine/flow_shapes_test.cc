#include "scanner/engine/flow_shapes.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <deque>

using namespace scanner;

namespace {

using namespace std::chrono_literals;

constexpr Timestamp kStart{1'700'000'000'000'000'000};
constexpr std::uint8_t kRecord[] = {23, 3, 3, 0, 100, 1, 2, 3, 4, 5, 6, 7};
constexpr std::uint8_t kText[] = "{\"method\":\"keepalived\",\"id\":7}\n";

struct Told final : ShapeSink {
  std::vector<Observation> all;
  void take_shape(Flow&, Observation&& observation) override { all.push_back(std::move(observation)); }
};

// Plays the tracker's part: counts packets and calls when the flow is watched.
struct Line {
  Told told;
  FlowShapes shapes;
  std::deque<Flow> flows;
  explicit Line(std::uint32_t max_flows) : shapes(max_flows, told) {}

  Flow& open(std::uint32_t client = 0xc0000201U) {
    Flow& flow = flows.emplace_back();
    flow.ref.id = flows.size();
    flow.ref.tuple = {{IpAddress::v4(client), 40000}, {IpAddress::v4(0xc6336407U), 443}, IpProtocol::Tcp};
    flow.first_seen = kStart;
    shapes.opened(flow);
    return flow;
  }
  void packet(Flow& flow, Direction from, std::uint32_t size, Duration after, Bytes bytes = Bytes(kRecord)) {
    const auto side = static_cast<std::size_t>(from);
    ++flow.counters.packets[side];
    flow.counters.bytes[side] += size;
    PacketContext context;
    context.at = kStart + after;
    const std::uint64_t packets = flow.counters.packets[0] + flow.counters.packets[1];
    const bool due = flow.payload_watch == kWatchEveryPayload || (flow.payload_watch != kWatchNoPayload && packets >= std::uint64_t{20} << (flow.payload_watch - 1));
    if (due) shapes.payload(flow, from, {static_cast<std::uint32_t>(flow.counters.bytes[side]) - size, size, bytes}, context);
  }
  // A word and its answer every `gap`.
  void talk(Flow& flow, Duration gap, Duration until, Bytes bytes = Bytes(kRecord), std::uint32_t size = 200) {
    for (Duration now = gap; now < until; now += gap) {
      packet(flow, Direction::FromInitiator, size, now, bytes);
      packet(flow, Direction::FromResponder, size, now + 40ms, bytes);
    }
  }
};

}  // namespace

TEST_CASE("a slow conversation of two is followed after twenty packets and told at fixed times", "[engine][shape]") {
  Line line(16384);
  Flow& flow = line.open();
  line.talk(flow, 1s, 21min);
  std::vector<long> minutes;
  for (const Observation& observation : line.told.all) {
    const auto& seen = std::get<ShapeSeen>(observation.what);
    minutes.push_back((seen.until - kStart) / 1min);
    CHECK(seen.watched < seen.until - kStart);
    CHECK_FALSE(seen.over);
  }
  CHECK(minutes == std::vector<long>{1, 3, 5, 10, 15});
  line.shapes.closed(flow, {kStart + 2h, 9, 9, 0});
  const auto& last = std::get<ShapeSeen>(line.told.all.back().what);
  CHECK(last.over);
  CHECK(last.until < kStart + 21min);  // not when the table noticed
  CHECK(line.shapes.size() == 0);
}

TEST_CASE("a conversation of two years is told every ten minutes to its end", "[engine][shape]") {
  Line line(16384);
  Flow& flow = line.open();
  line.talk(flow, 3s, 2min);
  line.told.all.clear();
  // Times of day as a capture may claim them: fifteen months are 65,536 times ten minutes.
  line.talk(flow, 7min, std::chrono::hours(24) * 730);
  CHECK(line.told.all.size() > 70'000);
}

TEST_CASE("goods, one-sided flows and short ones are not followed", "[engine][shape]") {
  Line line(16384);
  Flow& bulk = line.open();
  line.talk(bulk, 100ms, 3s, Bytes(kRecord), 60000);
  CHECK(bulk.payload_watch != kWatchEveryPayload);
  Flow& quick = line.open();
  line.talk(quick, 10ms, 500ms);
  CHECK(quick.payload_watch != kWatchEveryPayload);
  Flow& one_sided = line.open();
  for (int i = 0; i < 100; ++i) line.packet(one_sided, Direction::FromInitiator, 100, i * 1s);
  CHECK(one_sided.payload_watch != kWatchEveryPayload);
  CHECK(line.shapes.size() == 0);
}

TEST_CASE("what was no conversation at first is looked at again", "[engine][shape]") {
  Line line(16384);
  Flow& flow = line.open();
  line.talk(flow, 20ms, 500ms);
  CHECK(flow.payload_watch != kWatchEveryPayload);
  line.talk(flow, 3s, 4min);
  CHECK(flow.payload_watch == kWatchEveryPayload);
}

TEST_CASE("of a conversation that can be read nothing is told", "[engine][shape]") {
  Line line(16384);
  Flow& flow = line.open();
  line.talk(flow, 2s, 6min, Bytes(kText).first(sizeof(kText) - 1));
  CHECK(flow.payload_watch == kWatchEveryPayload);
  CHECK(line.told.all.empty());
}

TEST_CASE("a flow that turns to goods is let go for good", "[engine][shape]") {
  Line line(16384);
  Flow& flow = line.open();
  line.talk(flow, 2s, 50s);
  REQUIRE(line.shapes.size() == 1);
  for (int i = 0; i < 100; ++i) line.packet(flow, Direction::FromResponder, 60000, 51s + i * 10ms);
  line.packet(flow, Direction::FromInitiator, 100, 61s);
  CHECK(flow.payload_watch == kWatchNoPayload);
  CHECK(line.shapes.size() == 0);
}

TEST_CASE("one flow in twenty is followed, and the one that spoke least recently gives way", "[engine][shape]") {
  Line line(400);
  REQUIRE(line.shapes.capacity() == 20);
  std::vector<Flow*> flows;
  for (std::uint32_t i = 0; i < 40; ++i) {
    flows.push_back(&line.open(0xc0000200U + i * 7));
    for (int k = 0; k < 15; ++k) {
      line.packet(*flows.back(), Direction::FromInitiator, 100, i * 100s + k * 1s);
      line.packet(*flows.back(), Direction::FromResponder, 100, i * 100s + k * 1s + 40ms);
    }
  }
  CHECK(line.shapes.size() == 20);
  for (std::size_t i = 0; i < 20; ++i) CHECK(flows[i]->payload_watch == kWatchNoPayload);
  for (std::size_t i = 20; i < 40; ++i) CHECK(flows[i]->payload_watch == kWatchEveryPayload);
  for (Flow* flow : flows) line.shapes.closed(*flow, {});
  CHECK(line.shapes.size() == 0);
}

TEST_CASE("one address does not take the room of all", "[engine][shape]") {
  Line line(400);
  Flow& victim = line.open(0xc0000263U);
  line.talk(victim, 2s, 40s);
  for (int i = 0; i < 100; ++i) line.talk(line.open(0xc0000264U), 2s, 60s);
  CHECK(victim.payload_watch == kWatchEveryPayload);
  CHECK(line.shapes.size() <= line.shapes.capacity() / 4 + 2);
}

TEST_CASE("a million flows cost no more than the room that was set aside", "[engine][shape]") {
  Line line(16384);
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 1'000'000; ++i) {
    if (line.flows.size() == 5000) {
      for (Flow& flow : line.flows) line.shapes.closed(flow, {});
      line.flows.clear();
    }
    Flow& flow = line.open(static_cast<std::uint32_t>(i) * 2654435761U);
    flow.counters.packets[0] = 30;
    flow.counters.bytes[0] = flow.counters.bytes[1] = 500;
    line.packet(flow, Direction::FromInitiator, 100, 3s);
  }
  CHECK(line.shapes.size() <= 16384 / 20);
  CHECK(std::chrono::steady_clock::now() - began < 20s);  // every eviction is O(1)
}

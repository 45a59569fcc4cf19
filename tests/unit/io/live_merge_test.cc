#include "scanner/io/live_merge.h"

#include "tests/unit/io/capture_fixtures.h"

#include <catch2/catch.hpp>

namespace scanner {
namespace {

using namespace std::chrono_literals;
using test::made_up_packet;

constexpr std::int64_t kSecond = 1'000'000'000;

LiveTime at(Duration since) { return {Timestamp{1000 * kSecond} + since, since}; }

EventBatch packets(std::initializer_list<Duration> times, std::uint8_t number = 0, std::size_t size = 60) {
  EventBatch batch;
  for (const Duration time : times) {
    Event& event = batch.events.emplace_back();
    event.packet = made_up_packet(at(time).wall.ns, size, number);
    event.at = event.packet.at;
  }
  batch.blocks.push_back(std::make_shared<int>(number));
  return batch;
}

EventBatch records(std::initializer_list<Duration> times) {
  EventBatch batch;
  for (const Duration time : times) {
    Event& event = batch.events.emplace_back();
    event.at = at(time).wall;
    event.kind = EventKind::Host;
    event.host = static_cast<std::uint32_t>(batch.host_records.size());
    batch.host_records.push_back({event.at, ProcessExited{{"", time.count(), 1}}});
  }
  return batch;
}

// "p" a packet, "h" a record, with the time in milliseconds.
std::string order(const EventBatch& batch) {
  std::string text;
  for (const Event& event : batch.events) {
    if (event.kind == EventKind::Host) {
      const auto& exited = std::get<ProcessExited>(batch.host_records[event.host].what);
      REQUIRE(exited.id.start_ns == event.at.ns - at(0s).wall.ns);  // the record is the event's own
    }
    text += (event.kind == EventKind::Host ? " h" : " p") + std::to_string((event.at - at(0s).wall).count() / 1'000'000);
  }
  return text;
}

TEST_CASE("what was read late is put where its time belongs", "[io][live]") {
  LiveMerge merge(80ms, 1 << 20);
  merge.put(1, packets({10ms, 30ms, 50ms}), at(55ms));
  merge.put(2, packets({20ms, 30ms}, 1), at(60ms));
  merge.put(LiveMerge::kHostLane, records({30ms, 40ms}), at(70ms));
  EventBatch batch;
  CHECK_FALSE(merge.take(89ms, 100, batch));
  CHECK(batch.events.empty());
  CHECK(merge.due() == Duration(90ms));
  merge.take(130ms, 100, batch);
  CHECK(order(batch) == " p10 p20 h30 p30 p30 h40 p50");
  CHECK(batch.blocks.size() == 2);
  CHECK(merge.empty());
  CHECK_FALSE(merge.due());
}

TEST_CASE("no event waits longer than the hold, whatever time it bears", "[io][live]") {
  LiveMerge merge(80ms, 1 << 20);
  merge.put(1, packets({3600s, 10ms}), at(20ms));  // ahead of the clock, and then not
  EventBatch batch;
  merge.take(99ms, 100, batch);
  CHECK(batch.events.empty());
  merge.take(100ms, 100, batch);
  CHECK(order(batch) == " p3600000 p10");  // within one interface order stays
  merge.put(1, packets({-3600s}), at(200ms));
  batch.clear();
  merge.take(200ms, 100, batch);
  CHECK(order(batch) == " p-3600000");
}

TEST_CASE("a batch takes no more than is asked for", "[io][live]") {
  LiveMerge merge(0ms, 1 << 20);
  merge.put(1, packets({1ms, 2ms, 3ms}), at(5ms));
  merge.put(LiveMerge::kHostLane, records({2ms, 9ms}), at(10ms));
  EventBatch batch;
  CHECK(merge.take(10ms, 2, batch));
  CHECK(order(batch) == " p1 h2");
  batch.clear();
  CHECK_FALSE(merge.take(10ms, 3, batch));
  CHECK(order(batch) == " p2 p3 h9");
  CHECK(batch.blocks.size() == 1);
  CHECK(batch.host_records.size() == 1);
}

TEST_CASE("without room nothing waits for its time", "[io][live]") {
  LiveMerge merge(80ms, 1000);
  merge.put(1, packets({10ms, 11ms}, 0, 600), at(12ms));
  CHECK(merge.full());
  EventBatch batch;
  merge.take(12ms, 100, batch);
  CHECK(order(batch) == " p10");  // then there is room again
  CHECK_FALSE(merge.full());
  merge.flush();
  merge.take(12ms, 100, batch);
  CHECK(order(batch) == " p10 p11");
}

}  // namespace
}  // namespace scanner

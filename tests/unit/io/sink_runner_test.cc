#include "scanner/io/sink_runner.h"

#include "tests/support/memory_disk.h"
#include "tests/support/outbox_fixture.h"

#include <catch2/catch.hpp>
#include <deque>

namespace scanner {
namespace {

using std::chrono::milliseconds;
using test::MemoryDisk;
using test::numbered_event;
using test::OutboxSurroundings;

// What a sink got, and what it is to answer.
struct Receiver {
  std::vector<std::uint64_t> got;
  std::vector<std::size_t> batches;
  std::deque<SinkAnswer> answers;  // then Delivered
  std::uint64_t poison = 0;        // the event that it refuses for ever
};

class FakeSink final : public Sink {
 public:
  explicit FakeSink(Receiver& receiver) : receiver_(receiver) {}
  BatchLimits limits() const override { return {4, 1 << 20}; }
  SinkAnswer deliver(std::span<const Outgoing> events) override {
    receiver_.batches.push_back(events.size());
    for (const Outgoing& event : events)
      if (receiver_.poison != 0 && test::number_of(event.json) == receiver_.poison) return {SinkOutcome::Poison, 0, {}, "HTTP 400"};
    SinkAnswer answer{SinkOutcome::Delivered, events.size(), {}, ""};
    if (!receiver_.answers.empty()) {
      answer = receiver_.answers.front();
      receiver_.answers.pop_front();
    }
    for (std::size_t i = 0; i < answer.delivered; ++i)
      if (const auto number = test::number_of(events[i].json); number != 0) receiver_.got.push_back(number);
    return answer;
  }

 private:
  Receiver& receiver_;
};

struct Fixture {
  MemoryDisk disk;
  OutboxSurroundings around;
  std::unique_ptr<Outbox> outbox = Outbox::open(test::outbox_options(), around.world(disk)).value();
  Receiver receiver;
  RunnerOptions options{"test", {milliseconds(1000), milliseconds(8000)}, 7, 3};

  std::unique_ptr<SinkRunner> runner() { return std::make_unique<SinkRunner>(*outbox, std::make_unique<FakeSink>(receiver), options); }
  void add(std::uint64_t from, std::uint64_t to, RecordKind kind = RecordKind::Event) {
    for (std::uint64_t i = from; i <= to; ++i) REQUIRE(outbox->append(numbered_event(i), kind));
    REQUIRE(outbox->commit());
  }
  static void drain(SinkRunner& runner) {
    for (int i = 0; i < 200; ++i)
      if (!runner.step()) return;
    FAIL("the sink does not come to an end");
  }
};

TEST_CASE("a sink gets every event once, in batches, and its cursor follows", "[outbox]") {
  Fixture fixture;
  fixture.add(1, 10);
  Fixture::drain(*fixture.runner());
  CHECK(fixture.receiver.got == std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  CHECK(fixture.receiver.batches == std::vector<std::size_t>{4, 4, 2});
  CHECK(*fixture.disk.content("box/cursor-test.json") == "{\"sequence\":10}\n");
  fixture.add(11, 11);
  Fixture::drain(*fixture.runner());
  CHECK(fixture.receiver.got.size() == 11);
}

TEST_CASE("a sink that refuses gets the same events later, after growing waits", "[outbox]") {
  Fixture fixture;
  fixture.add(1, 3);
  for (int i = 0; i < 4; ++i) fixture.receiver.answers.push_back({SinkOutcome::Retry, 0, {}, "connection refused"});
  const auto runner = fixture.runner();
  milliseconds step{1000};
  for (int i = 0; i < 4; ++i, step *= 2) {
    const auto wait = runner->step();
    REQUIRE(wait);
    CHECK(*wait >= step / 2);
    CHECK(*wait <= step);
  }
  CHECK(runner->status().trouble == "connection refused");
  CHECK(fixture.around.said.size() == 1);
  Fixture::drain(*runner);
  CHECK(fixture.receiver.got == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(runner->status().trouble.empty());
}

TEST_CASE("a wait that the receiver asks for is kept, and the same seed waits alike", "[outbox]") {
  Fixture fixture;
  fixture.add(1, 1);
  fixture.receiver.answers.push_back({SinkOutcome::Retry, 0, milliseconds(90'000), "HTTP 429"});
  CHECK(*fixture.runner()->step() == milliseconds(90'000));
  Backoff one({milliseconds(10), milliseconds(1000)}, 3), other({milliseconds(10), milliseconds(1000)}, 3);
  for (int i = 0; i < 20; ++i) CHECK(one.next() == other.next());
  CHECK(one.next() <= milliseconds(1000));
}

TEST_CASE("what was delivered of a batch that failed does not come again", "[outbox]") {
  Fixture fixture;
  fixture.add(1, 4);
  fixture.receiver.answers.push_back({SinkOutcome::Retry, 2, {}, "broken off"});
  const auto runner = fixture.runner();
  runner->step();
  CHECK(runner->status().acknowledged == 2);
  Fixture::drain(*runner);
  CHECK(fixture.receiver.got == std::vector<std::uint64_t>{1, 2, 3, 4});
}

TEST_CASE("one poisoned event is found, left out after some attempts, and a record says so", "[outbox]") {
  Fixture fixture;
  fixture.add(1, 6);
  fixture.receiver.poison = 3;
  const auto runner = fixture.runner();
  Fixture::drain(*runner);
  CHECK(fixture.receiver.got == std::vector<std::uint64_t>{1, 2, 4, 5, 6});
  CHECK(runner->status().poisoned == 1);
  CHECK(runner->status().delivered == 5);
  CHECK(std::count(fixture.receiver.batches.begin(), fixture.receiver.batches.end(), 1U) >= 3 + 2);
  REQUIRE(fixture.outbox->commit());
  CHECK(test::notes(test::all_records(*fixture.outbox)) == std::vector<std::string>{"sink.poison"});
}

TEST_CASE("events that are held back are passed over", "[outbox]") {
  Fixture fixture;
  fixture.add(1, 2);
  fixture.add(3, 5, RecordKind::Held);
  const auto runner = fixture.runner();
  Fixture::drain(*runner);
  CHECK(fixture.receiver.got == std::vector<std::uint64_t>{1, 2});
  CHECK(runner->status().acknowledged == 5);
}

TEST_CASE("a cursor that is no cursor begins again and says so", "[outbox]") {
  Fixture fixture;
  fixture.add(1, 2);
  fixture.disk.put("box/cursor-test.json", "banana");
  Fixture::drain(*fixture.runner());
  CHECK(fixture.receiver.got == std::vector<std::uint64_t>{1, 2});
  CHECK(fixture.around.heard("is no cursor"));
}

TEST_CASE("a sink goes on where the disk takes no cursor", "[outbox]") {
  Fixture fixture;
  fixture.add(1, 9);
  fixture.disk.limit(fixture.disk.used());
  const auto runner = fixture.runner();
  Fixture::drain(*runner);
  CHECK(fixture.receiver.got.size() == 9);
  CHECK(fixture.around.heard("its cursor cannot be written"));
}

TEST_CASE("a sink that starts behind what is gone begins at what is there", "[outbox]") {
  Fixture fixture;
  auto options = test::outbox_options("other");
  options.segment_bytes = 1500;
  options.max_bytes = 6000;
  fixture.outbox = Outbox::open(options, fixture.around.world(fixture.disk)).value();
  for (std::uint64_t i = 1; i <= 60; ++i) fixture.add(i, i);
  Fixture::drain(*fixture.runner());
  REQUIRE_FALSE(fixture.receiver.got.empty());
  CHECK(fixture.receiver.got.front() > 1);
  CHECK(fixture.receiver.got.back() == 60);
}

TEST_CASE("a sink's thread delivers what comes while it runs, and ends when asked", "[outbox]") {
  Fixture fixture;
  const auto runner = fixture.runner();
  runner->start();
  for (std::uint64_t i = 1; i <= 50; ++i) fixture.add(i, i);
  while (runner->status().acknowledged < 50) std::this_thread::yield();
  runner->stop();
  CHECK(fixture.receiver.got.size() == 50);
}

}  // namespace
}  // namespace scanner

// Abuse whose volume no capture of the tests could hold: steps in flows' lives, handed to the detectors.
#include "scanner/detect/detectors.h"
#include "tests/support/detector_bench.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

using namespace std::chrono_literals;

constexpr Timestamp kStart{1'700'000'000'000'000'000};

struct Bench {
  explicit Bench(std::unique_ptr<Detector> made) : detector(std::move(made)) {}

  std::shared_ptr<const Ruleset> ruleset = Ruleset::empty();
  KnownNames names;
  ProcessTable processes;
  test::AddressAttribution attribution;
  FlowStages flows;
  test::FindingBoard board;
  std::unique_ptr<Detector> detector;

  // A busy second of a UDP flow from 203.0.113.9:1024 to this port of 192.0.2.10.
  void second(int number, std::uint16_t port, std::uint64_t asked, std::uint64_t answered, std::uint64_t size, std::uint64_t answer_size) {
    FlowLife life;
    life.step = LifeStep::Volume;
    life.from = kStart + number * 1s;
    life.at = life.last = life.from + 1s;
    life.flow.id = 1;
    life.flow.start_seen = true;
    life.flow.tuple = {{*IpAddress::parse("203.0.113.9"), 1024}, {*IpAddress::parse("192.0.2.10"), port}, IpProtocol::Udp};
    life.packets[0] = asked;
    life.packets[1] = answered;
    life.bytes[0] = asked * size;
    life.bytes[1] = answered * answer_size;
    detector->follow(life, DetectorContext{*ruleset, names, processes, attribution, flows, board});
  }
  const Finding& only() const {
    REQUIRE(board.findings.size() == 1);
    return board.findings.begin()->second;
  }
};

}  // namespace

TEST_CASE("twenty megabytes a minute in answer to small requests are confirmed amplification, of whoever answered", "[abuse]") {
  Bench bench(make_amplification({}));
  for (int second = 0; second < 10; ++second) bench.second(second, 123, 1000, 1000, 8, 1000);
  CHECK(bench.only().stage == Stage::Observed);
  for (int second = 10; second < 25; ++second) bench.second(second, 123, 1000, 1000, 8, 1000);
  CHECK(bench.only().stage == Stage::Confirmed);
  CHECK(bench.only().activity == "abuse.amplification");
  CHECK(bench.only().subject.id == "ip:192.0.2.10");
}

TEST_CASE("answers that are hardly larger than their requests, and ports that do not amplify, are no amplification", "[abuse]") {
  Bench bench(make_amplification({}));
  for (int second = 0; second < 50; ++second) bench.second(second, 123, 1000, 1000, 500, 1000);
  for (int second = 0; second < 50; ++second) bench.second(second, 443, 1000, 1000, 8, 1000);
  CHECK(bench.board.findings.empty());
}

TEST_CASE("the same volume over an hour is no amplification", "[abuse]") {
  Bench bench(make_amplification({}));
  for (int second = 0; second < 40; ++second) bench.second(second * 90, 123, 1000, 1000, 8, 900);
  CHECK(bench.board.findings.empty());
}

TEST_CASE("datagrams one way by tens of thousands a second are a confirmed flood, of whoever sent them", "[abuse]") {
  Bench bench(make_flood({}));
  for (int second = 0; second < 12; ++second) bench.second(second, 443, 30'000, 0, 1200, 0);
  CHECK(bench.only().activity == "abuse.flood");
  CHECK(bench.only().stage == Stage::Confirmed);
  CHECK(bench.only().subject.id == "ip:203.0.113.9");
}

TEST_CASE("as many datagrams that are answered, or few enough, are no flood", "[abuse]") {
  Bench bench(make_flood({}));
  for (int second = 0; second < 60; ++second) bench.second(second, 443, 30'000, 15'000, 1200, 60);
  for (int second = 60; second < 120; ++second) bench.second(second, 443, 900, 0, 1200, 0);
  CHECK(bench.board.findings.empty());
}

// What a million flows leave behind in the abuse detectors.
#include "scanner/detect/detectors.h"
#include "tests/support/detector_bench.h"

#include <catch2/catch.hpp>

#include <malloc.h>

#include <iostream>

using namespace scanner;

TEST_CASE("a million flows from a million sources, and a million of one, stay within 64 MiB", "[abuse]") {
  const auto ruleset = Ruleset::empty();
  KnownNames names;
  ProcessTable processes;
  test::AddressAttribution attribution;
  FlowStages flows;
  test::FindingBoard findings;
  const DetectorContext context{*ruleset, names, processes, attribution, flows, findings};
  std::vector<std::unique_ptr<Detector>> detectors;
  for (auto& detector : make_detectors(AbuseLimits{}))
    if (detector->follows() != 0) detectors.push_back(std::move(detector));
  REQUIRE(detectors.size() >= 5);
  const auto before = mallinfo2().uordblks;
  constexpr std::uint32_t kFlows = 1'000'000;
  for (std::uint32_t i = 0; i < 2 * kFlows; ++i) {
    FlowLife life;
    life.from = Timestamp{1'700'000'000'000'000'000 + std::int64_t{i} * 1'000'000};
    life.at = life.last = life.from + std::chrono::seconds(4);
    life.step = i % 3 == 0 ? LifeStep::Refused : LifeStep::Unanswered;
    life.flow.id = i;
    life.flow.start_seen = true;
    const IpAddress source = IpAddress::v4(i < kFlows ? 0x0a000000 + i : 0xc0000201), target = IpAddress::v4(0xc6336400 + i % 60000);
    life.flow.tuple = {{source, 40000}, {target, static_cast<std::uint16_t>(1 + i % 50000)}, IpProtocol::Tcp};
    for (auto& detector : detectors)
      if (contains(detector->follows(), life.step)) detector->follow(life, context);
  }
  const auto grown = mallinfo2().uordblks - before;
  std::cout << "abuse detectors after 2,000,000 flows: " << grown / 1024 << " KiB\n";
  CHECK(grown < 64U * 1024 * 1024);
  // The rest of the million was turned away, by the scan detector at least, and is counted.
  std::uint64_t refused = 0;
  for (const auto& detector : detectors) refused += detector->refused();
  CHECK(refused > 900'000);
}

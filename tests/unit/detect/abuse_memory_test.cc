// What a million flows leave behind in the abuse detectors.
#include "scanner/detect/detectors.h"

#include <catch2/catch.hpp>

#include <malloc.h>

#include <iostream>

using namespace scanner;

namespace {

class Everybody final : public Attribution {
 public:
  std::optional<Subject> subject_of(const FlowRef& flow, Direction sender, Timestamp, const std::optional<ProcessId>&) const override {
    Subject subject;
    subject.address = flow.sender(sender).address;
    subject.id = "ip:" + subject.address.to_string();
    return subject;
  }
  std::optional<Subject> local_subject_of(const FlowRef& flow, Direction sender, Timestamp at) const override { return subject_of(flow, sender, at, std::nullopt); }
  Subject subject_of(const Process&, Timestamp) const override { return {}; }
  std::uint64_t version() const override { return 0; }
};

class Counting final : public FindingSink {
 public:
  void take(const Finding& finding) override { confirmed += finding.stage == Stage::Confirmed ? 1 : 0; }
  void withdraw(const Subject&, const std::string&, const std::string&) override {}
  void merge(const Subject&, const std::string&, const std::vector<std::string>&, const Subject&, const std::string&) override {}
  std::uint64_t confirmed = 0;
};

}  // namespace

TEST_CASE("a million flows from a million sources, and a million of one, stay within 64 MiB", "[abuse]") {
  const auto ruleset = Ruleset::empty();
  KnownNames names;
  ProcessTable processes;
  Everybody attribution;
  FlowStages flows;
  Counting findings;
  const DetectorContext context{*ruleset, names, processes, attribution, flows, findings};
  std::vector<std::unique_ptr<Detector>> detectors;
  for (auto& detector : make_detectors(AbuseLimits{}))
    if (detector->follows_flows()) detectors.push_back(std::move(detector));
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
    for (auto& detector : detectors) detector->follow(life, context);
  }
  const auto grown = mallinfo2().uordblks - before;
  std::cout << "abuse detectors after 2,000,000 flows: " << grown / 1024 << " KiB\n";
  CHECK(grown < 64U * 1024 * 1024);
}

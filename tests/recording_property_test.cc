// A recording of what the engine was fed gives, replayed, the same claims to the byte (DESIGN §5.2).
#include "scanner/io/capture_source.h"
#include "scanner/io/live_source.h"
#include "scanner/io/recorder.h"
#include "tests/support/capture_changes.h"
#include "tests/support/network_namespace.h"
#include "tests/support/scenario_case.h"
#include "tests/support/temp_directory.h"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace scanner;
using namespace scanner::test;

namespace {

std::string claims_of(const EngineRun& run) {
  std::string text;
  for (const std::string& claim : run.claims) text += claim + "\n";
  return text;
}

// Runs the source, recording what it gives.
std::string recorded_claims(Source& source, const std::string& name, const RunOptions& options) {
  auto recorder = Recorder::create({name, {"boot", "a test", true}});
  REQUIRE(recorder);
  const EngineRun run = run_source(source, options, [&](const EventBatch& batch) {
    if (!(*recorder)->take(batch, source.file_names())) throw std::runtime_error("the recorder takes nothing");
  });
  REQUIRE((*recorder)->finish());
  CHECK((*recorder)->counters().unwritable == 0);
  return claims_of(run);
}

// Tells of tenants before all else, as the agent's watch does.
class TenantsFirst final : public Source {
 public:
  TenantsFirst(Source& inner, std::vector<Attributed> tenants) : inner_(inner), tenants_(std::move(tenants)) {}

  Result<SourceStatus> next(EventBatch& batch) override {
    auto status = inner_.next(batch);
    if (tenants_.empty() || batch.events.empty()) return status;
    EventBatch all;
    for (Attributed& tenant : tenants_) {
      Event& event = all.events.emplace_back();
      event.at = batch.events.front().at;
      event.kind = EventKind::Host;
      event.host = static_cast<std::uint32_t>(all.host_records.size());
      all.host_records.push_back({event.at, std::move(tenant)});
    }
    tenants_.clear();
    all.blocks = batch.blocks;
    for (std::size_t i = 0; i < batch.events.size(); ++i) move_event(batch, i, all);
    batch = std::move(all);
    return status;
  }
  std::vector<std::string> file_names() const override { return inner_.file_names(); }

 private:
  Source& inner_;
  std::vector<Attributed> tenants_;
};

const ScenarioCase& proof_case() {
  for (const ScenarioCase& one : scenario_cases())
    if (one.name == "mining.pool/cryptonote-proof") return one;
  throw std::runtime_error("the scenario is gone");
}

}  // namespace

TEST_CASE("scenarios that were recorded give the same claims when they are replayed", "[property][recorder]") {
  for (const ScenarioCase& one : scenario_cases()) DYNAMIC_SECTION(one.name) {
      const TempDirectory directory;
      write_packets(directory.file("given.pcapng"), trafficgen::generate(one.scenario));
      if (!one.recording.empty()) std::filesystem::copy_file(one.recording, directory.file("given.ndjson"));
      RunOptions options;
      options.local = one.checks.local;
      options.key_log = trafficgen::key_log(one.scenario);
      options.tenants = one.tenants;
      auto source = open_captures({directory.file("given.pcapng")});
      REQUIRE(source);
      const std::string claims = recorded_claims(**source, directory.file("taken"), options);
      CHECK(claims_of(run_captures({directory.file("taken.pcapng")}, options)) == claims);
    }
}

TEST_CASE("tenants that were told on the way are told again by the recording", "[property][recorder]") {
  std::size_t with_tenants = 0, named = 0;
  for (const ScenarioCase& one : scenario_cases()) {
    if (one.tenants.empty()) continue;
    INFO(one.name);
    ++with_tenants;
    const TempDirectory directory;
    write_packets(directory.file("given.pcapng"), trafficgen::generate(one.scenario));
    if (!one.recording.empty()) std::filesystem::copy_file(one.recording, directory.file("given.ndjson"));
    RunOptions options;
    options.local = one.checks.local;
    auto source = open_captures({directory.file("given.pcapng")});
    REQUIRE(source);
    TenantsFirst told(**source, one.tenants);
    const std::string claims = recorded_claims(told, directory.file("taken"), options);
    CHECK(claims_of(run_captures({directory.file("taken.pcapng")}, options)) == claims);
    named += claims.find("\"subject\":\"tenant:") != std::string::npos ? 1 : 0;
  }
  CHECK(with_tenants > 5);
  CHECK(named > 3);
}

TEST_CASE("what was live gives the same claims when its recording is replayed", "[property][recorder][root]") {
  const auto network = NetworkNamespace::make();
  if (!network) return;
  network->veth("one", "other");
  LiveOptions live;
  live.captures.interfaces = {"any-not-loopback"};  // both ends: every packet twice, from two lanes
  auto choice = open_host_watch({});  // whatever runs here is recorded too
  REQUIRE(choice);
  auto source = LiveSource::open(live, std::move(choice->watch));
  REQUIRE(source);
  const auto packets = trafficgen::generate(proof_case().scenario);
  const FrameSender sender("one");
  for (const Packet& packet : trafficgen::views(packets)) sender.send(packet.data);
  (*source)->stop();
  const TempDirectory directory;
  const std::string claims = recorded_claims(**source, directory.file("taken"), {});
  CHECK(claims.find("\"proof\"") != std::string::npos);
  CHECK(claims_of(run_captures({directory.file("taken.pcapng")})) == claims);
}

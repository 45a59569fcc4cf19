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
      auto source = open_captures({directory.file("given.pcapng")});
      REQUIRE(source);
      const std::string claims = recorded_claims(**source, directory.file("taken"), options);
      CHECK(claims_of(run_captures({directory.file("taken.pcapng")}, options)) == claims);
    }
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

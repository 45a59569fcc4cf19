// Claims must not depend on how the same traffic was captured or how it is worked off:
// re-cut, run again, on several threads, in several files (DESIGN §5.2).
#include "scanner/packet/decode.h"
#include "tests/support/capture_changes.h"
#include "tests/support/scenario_case.h"
#include "tests/support/temp_directory.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>

using namespace scanner;
using namespace scanner::test;

namespace {

namespace fs = std::filesystem;

struct Input {
  std::string name;
  Packets packets;
  std::vector<Cidr> local;
};

// The claims, one a line; Catch shows where two such texts differ.
std::string claims_of(const EngineRun& run) {
  std::string text;
  for (const std::string& claim : run.claims) text += claim + "\n";
  return text;
}
std::string claims_of(const Input& input, const Packets& packets, std::size_t workers = 1) {
  return claims_of(run_packets(trafficgen::views(packets), {workers, input.local}));
}

// The first claims that differ, shortened round the place; empty where none do.
std::string difference(const std::string& a, const std::string& b) {
  if (a == b) return "";
  std::size_t at = 0;
  while (at < a.size() && at < b.size() && a[at] == b[at]) ++at;
  const std::size_t from = at < 300 ? 0 : at - 300;
  return "…" + a.substr(from, 600) + "\n   against\n…" + b.substr(from, 600);
}

void check_properties(const Input& input) {
  const std::string claims = claims_of(input, input.packets);
  CHECK(difference(claims, claims_of(input, input.packets)) == "");
  CHECK(difference(claims, claims_of(input, input.packets, 2)) == "");
  for (const std::uint64_t seed : {1, 2, 3}) {
    INFO("cut with seed " << seed);
    CHECK(difference(claims, claims_of(input, recut(input.packets, seed))) == "");
  }
  const TempDirectory directory;
  const auto file = [&](const std::string& name, const Packets& packets) {
    write_packets(directory.file(name), packets);
    return directory.file(name);
  };
  int part = 0;
  for (const auto& [first, second] : {split_in_turn(input.packets), split_by_pair(input.packets)}) {
    const std::string tag = std::to_string(part++);
    const std::vector<std::string> paths{file("a" + tag + ".pcapng", first), file("b" + tag + ".pcapng", second)};
    const std::string merged = file("merged" + tag + ".pcapng", read_packets(paths));
    CHECK(difference(claims_of(run_captures(paths, {1, input.local})),
                     claims_of(run_captures({merged}, {1, input.local}))) == "");
  }
}

// A conversation with payload to cut.
const ScenarioCase& cryptonote_case() {
  const auto& cases = scenario_cases();
  return *std::find_if(cases.begin(), cases.end(),
                       [](const ScenarioCase& one) { return one.name == "mining.pool/cryptonote-proof"; });
}

}  // namespace

TEST_CASE("re-cutting keeps the bytes and their times", "[property]") {
  const auto packets = trafficgen::generate(cryptonote_case().scenario);
  const auto payload_of = [](const Packets& list) {
    std::string text;
    for (const Packet& packet : trafficgen::views(list)) {
      Decoded decoded;
      decode(packet, decoded);
      if (decoded.tuple.protocol == IpProtocol::Tcp) text += as_text(decoded.payload);
    }
    return text;
  };
  const Packets pieces = recut(packets, 1);
  CHECK(pieces.size() > packets.size());
  CHECK(payload_of(pieces) == payload_of(packets));
  CHECK(pieces.back().at == packets.back().at);
}

TEST_CASE("scenarios give the same claims however they were captured and worked off", "[property]") {
  for (const ScenarioCase& one : scenario_cases()) DYNAMIC_SECTION(one.name) {
      check_properties({one.name, trafficgen::generate(one.scenario), one.checks.local});
    }
}

TEST_CASE("real mining captures give the same claims however they were captured and worked off", "[property]") {
  const fs::path corpus = AUPSCAN_CORPUS_DIR "/positive";
  if (!fs::exists(corpus)) {
    std::cout << "skipped: there is no corpus at " << corpus << "\n";
    return;
  }
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(corpus)) paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) DYNAMIC_SECTION(fs::path(path).filename().string()) {
      check_properties({path, read_packets({path}), {}});
    }
}

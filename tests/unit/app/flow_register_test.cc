#include "scanner/app/flow_register.h"

#include "scanner/io/text_file.h"
#include "tests/unit/app/replay_fixture.h"
#include "tests/unit/app/sample_events.h"

#include <catch2/catch.hpp>
#include <sstream>

namespace scanner {
namespace {

using test::sample_flow;

Observation on(std::uint64_t flow, decltype(Observation::what) what, int second = 0) {
  Observation observation;
  observation.at = test::kNoon + std::chrono::seconds(second);
  observation.frame = 1;
  observation.flow = sample_flow(flow);
  observation.what = std::move(what);
  return observation;
}

Finding finding_on(std::uint64_t flow, Stage stage, const std::string& key = "flow", const std::string& activity = "mining.pool") {
  Finding finding = test::sample_finding();
  finding.key = key;
  finding.activity = activity;
  finding.stage = stage;
  finding.flow = sample_flow(flow);
  return finding;
}

// The register's rows without the header, cell by cell.
class Rows {
 public:
  Rows() : register_(OutputFile::open(directory_.file("flows")).value()) {}
  FlowRegister& operator*() { return register_; }
  FlowRegister* operator->() { return &register_; }

  std::vector<std::vector<std::string>> now() const {
    std::istringstream text(read_text_file(directory_.file("flows")).value());
    std::vector<std::vector<std::string>> rows;
    for (std::string line; std::getline(text, line);) {
      std::vector<std::string> cells{""};
      for (const char c : line)
        if (c == '\t')
          cells.emplace_back();
        else
          cells.back().push_back(c);
      rows.push_back(std::move(cells));
    }
    CHECK(rows.at(0).at(6) == "activity");
    for (const auto& row : rows) CHECK(row.size() == rows[0].size());
    rows.erase(rows.begin());
    return rows;
  }

 private:
  test::TempDirectory directory_;
  FlowRegister register_;
};

MiningSeen mining() {
  MiningSeen seen;
  seen.dialect = "cryptonote";
  seen.host = "pool.example";
  return seen;
}

TEST_CASE("a flow's row has its ends, its dialect, its highest stage and its size", "[app]") {
  Rows rows;
  rows->see(on(7, mining()));
  rows->concluded(finding_on(7, Stage::Contact));
  rows->concluded(finding_on(7, Stage::Interest, "listed"));
  rows->concluded(finding_on(7, Stage::Proof));
  FlowOver over;
  over.packets[0] = 5;
  over.packets[1] = 6;
  over.bytes[0] = 700;
  over.bytes[1] = 800;
  over.gap_bytes = 9;
  rows->see(on(7, over, 60));
  rows->finish();
  REQUIRE(rows.now().size() == 1);
  CHECK(rows.now()[0] == std::vector<std::string>{"2026-01-02T12:00:00.000000000Z", "192.0.2.10:40000", "198.51.100.20:3333", "tcp", community_id(sample_flow().tuple), "yes",
                                                  "mining.pool", "proof", "cryptonote", "5", "6", "700", "800", "9", "pool.example"});
}

TEST_CASE("a row is written when its flow is over, with the findings of its last observation", "[app]") {
  Rows rows;
  rows->see(on(7, mining()));
  rows->see(on(7, FlowOver{}));
  CHECK(rows.now().empty());
  rows->concluded(finding_on(7, Stage::Work));
  rows->see(on(8, mining()));
  REQUIRE(rows.now().size() == 1);
  CHECK(rows.now()[0][7] == "work");
}

TEST_CASE("a flow without a finding is listed too, and one that never ended is written in the end", "[app]") {
  Rows rows;
  DnsSeen dns;
  dns.name = "example.org";
  rows->see(on(7, dns));
  rows->finish();
  REQUIRE(rows.now().size() == 1);
  CHECK(rows.now()[0][7] == "none");
  CHECK(rows.now()[0][8] == "dns");
  CHECK(rows.now()[0][9] == "");
  CHECK(rows.now()[0][14] == "example.org");
}

TEST_CASE("what was withdrawn does not count, nor does a finding's first flow for its second", "[app]") {
  Rows rows;
  rows->see(on(7, mining()));
  rows->concluded(finding_on(7, Stage::Session, "flow:7", "mining.solo"));
  rows->withdrawn("mining.solo", "flow:7");
  rows->concluded(finding_on(7, Stage::Contact, "flow:7"));
  rows->see(on(8, ListedHost{}));
  rows->concluded(finding_on(7, Stage::Interest, "dns.name:pool.example"));  // names its first flow
  rows->finish();
  REQUIRE(rows.now().size() == 2);
  CHECK(rows.now()[0][6] == "mining.pool");
  CHECK(rows.now()[0][7] == "contact");
  CHECK(rows.now()[1][7] == "interest");
}

TEST_CASE("a finding that only counts attempts gives a flow no activity", "[app]") {
  Rows rows;
  FlowOver over;
  over.attempt = true;
  rows->see(on(7, over));
  rows->concluded(finding_on(7, Stage::None, "attempts"));
  rows->finish();
  REQUIRE(rows.now().size() == 1);
  CHECK(rows.now()[0][6] == "");
  CHECK(rows.now()[0][7] == "none");
}

TEST_CASE("names from the network cannot break the table", "[app]") {
  Rows rows;
  HttpRequestSeen request;
  request.host = "evil\tcell\nline,comma\x1b";
  rows->see(on(7, request));
  rows->finish();
  REQUIRE(rows.now().size() == 1);
  CHECK(rows.now()[0][14] == "evil?cell?line?comma?");
}

TEST_CASE("the program's table of flows tells the stages that its events tell", "[app]") {
  const test::TempDirectory directory;
  const test::TcpDialogue miner = test::miner_dialogue(3);
  test::write_capture(directory.file("a.pcapng"), {&miner});
  ReplayOptions options;
  options.captures = {directory.file("a.pcapng")};
  options.flows = directory.file("flows.tsv");
  const auto run = test::run_replay(options);
  CHECK(run.code == ExitCode::Done);
  const std::string flows = read_text_file(options.flows).value();
  CHECK_THAT(flows, Catch::Contains("192.0.2.1:40000\t198.51.100.2:3333\ttcp\t") && Catch::Contains("\tmining.pool\tproof\t"));
}

}  // namespace
}  // namespace scanner

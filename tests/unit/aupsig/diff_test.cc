#include "tools/aupsig/diff.h"

#include "scanner/app/incident_book.h"
#include "tests/support/capture_changes.h"
#include "tests/support/engine_run.h"
#include "tests/support/scenario_case.h"
#include "tests/unit/aupsig/pack_copy.h"
#include "tools/aupsig/diff_report.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

using namespace scanner;
using namespace scanner::test;

namespace {

// Compared with others throughout.
const std::string& base() {
  static const PackCopy copy;
  static const std::string path = copy.path();
  return path;
}

// Captures of scenarios, one file each, in the folders of their groups.
class Captures {
 public:
  explicit Captures(const std::vector<std::string>& cases) {
    for (const std::string& name : cases) {
      const auto& all = scenario_cases();
      const auto one = std::find_if(all.begin(), all.end(), [&](const ScenarioCase& candidate) { return candidate.name == name; });
      if (one == all.end()) throw std::runtime_error("no scenario " + name);
      std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
      write_packets(path(name), trafficgen::generate(one->scenario));
    }
  }
  std::string path(const std::string& name) const { return directory_.file("corpus/" + name + ".pcapng"); }
  std::string root() const { return directory_.file("corpus"); }

 private:
  TempDirectory directory_;
};

DiffResult run(const std::string& before, const std::string& after, const std::string& corpus, unsigned threads = 2) {
  DiffOptions options;
  options.before = before;
  options.after = after;
  options.corpus = {corpus};
  options.rules.declaration = AUPSCAN_SOURCE_DIR "/config/declaration.yaml";
  options.rules.panel = AUPSCAN_SOURCE_DIR "/config/panel.yaml";
  options.threads = threads;
  options.quiet = true;
  auto result = compute_diff(options);
  REQUIRE(result);
  return std::move(*result);
}

const CaptureChange& capture_of(const DiffResult& result, const std::string& name) {
  const auto found = std::find_if(result.captures.begin(), result.captures.end(), [&](const CaptureChange& one) { return one.file.name == name + ".pcapng"; });
  REQUIRE(found != result.captures.end());
  return *found;
}

const std::vector<std::string> kCases{"mining.pool/bitcoin-proof", "mining.pool/bitcoin-login-refused", "mining.pool/cryptonote-proof", "mining.pool/kaspa-proof"};

}  // namespace

TEST_CASE("a pack does not differ from its copy, at any number of threads", "[aupsig][diff]") {
  const Captures captures(kCases);
  const PackCopy copy;
  for (const unsigned threads : {1U, 3U}) {
    const DiffResult result = run(base(), copy.path(), captures.root(), threads);
    CHECK_FALSE(result.differs());
    CHECK(result.captures.size() == kCases.size());
    CHECK(result.captures[0].verdicts[0][0] + result.captures[1].verdicts[0][0] > 0);
  }
}

TEST_CASE("each pack judges a capture as a replay with it does", "[aupsig][diff]") {
  const Captures captures(kCases);
  const DiffResult result = run(AUPSCAN_SOURCE_DIR "/signatures", AUPSCAN_SOURCE_DIR "/signatures", captures.root());
  for (const std::string& name : kCases) {
    INFO(name);
    const EngineRun replayed = run_captures({captures.path(name)});
    std::array<std::uint64_t, 3> counts{};
    for (const BreachEvent* event : replayed.book.incidents()) ++counts[static_cast<std::size_t>(event->type)];
    CHECK(capture_of(result, name).verdicts[0] == counts);
    CHECK(capture_of(result, name).verdicts[1] == counts);
  }
}

TEST_CASE("a dialect that goes takes its verdicts with it, and no other capture changes", "[aupsig][diff]") {
  const Captures captures(kCases);
  const PackCopy copy;
  copy.remove("dialects/cryptonote.yaml");
  const DiffResult result = run(base(), copy.path(), captures.root());
  CHECK(result.differs());
  CHECK(result.changed_captures() == 1);
  const CaptureChange& changed = capture_of(result, "mining.pool/cryptonote-proof");
  REQUIRE_FALSE(changed.changes.empty());
  // Part of it may still be seen by signatures: less than a breach.
  CHECK(changed.changes[0].type() == EventType::Breach);
  CHECK(changed.changes[0].kind <= ChangeKind::Stage);
  CHECK((!changed.changes[0].after || changed.changes[0].after->type != EventType::Breach));
  REQUIRE(result.pack.others.size() == 1);
  CHECK(result.pack.others[0].name == "cryptonote");
  // The other way round it appears.
  const DiffResult back = run(copy.path(), base(), captures.root());
  CHECK(back.changes() == result.changes());
}

TEST_CASE("a signature that goes changes what verdicts rest on, and its hits are counted", "[aupsig][diff]") {
  const Captures captures(kCases);
  const PackCopy copy;
  copy.remove("mining.pool/stratum-opening.yaml");
  const DiffResult result = run(base(), copy.path(), captures.root());
  REQUIRE(result.differs());
  const CaptureChange& changed = capture_of(result, "mining.pool/bitcoin-login-refused");
  REQUIRE_FALSE(changed.changes.empty());
  const auto sources = changed.changes[0].source_changes();
  CHECK(std::find(sources.begin(), sources.end(), "- mining.pool.stratum-opening r1") != sources.end());
  CHECK(capture_of(result, "mining.pool/cryptonote-proof").changes.empty());
  const auto hits = std::find_if(result.hits.begin(), result.hits.end(), [](const SignatureHits& one) { return one.id == "mining.pool.stratum-opening"; });
  REQUIRE(hits != result.hits.end());
  CHECK(hits->hits[0] >= 2);
  CHECK_FALSE(hits->there[1]);
}

TEST_CASE("a shadow signature changes hits and no verdict", "[aupsig][diff]") {
  const Captures captures(kCases);
  const PackCopy copy;
  copy.write("mining.pool/any-subscribe.yaml", "id: mining.pool.any-subscribe\ntitle: A word\nactivity: mining.pool\nfield: stream.client\nstage: contact\nweight: 0.1\nstatus: shadow\nowner: tests\nrevision: 1\n"
                                               "patterns:\n  word: {literal: mining.subscribe}\ncondition: word\nreferences: [https://example.org]\nknown_false_positives: []\nexamples: {match: [mining.subscribe], no_match: [mining]}\n");
  const DiffResult result = run(base(), copy.path(), captures.root());
  CHECK(result.changes() == 0);
  CHECK(result.differs());
  CHECK(capture_of(result, "mining.pool/bitcoin-proof").hits_differ);
  CHECK_FALSE(capture_of(result, "mining.pool/cryptonote-proof").hits_differ);
}

TEST_CASE("damaged captures are used up to the damage, and unreadable ones are told", "[aupsig][diff]") {
  const Captures captures(kCases);
  const std::string damaged = captures.path("mining.pool/bitcoin-proof");
  std::filesystem::resize_file(damaged, std::filesystem::file_size(damaged) - 30);
  std::ofstream(captures.root() + "/noise.pcap") << "this is no capture";
  const DiffResult result = run(base(), base(), captures.root());
  CHECK(result.unreadable() == 1);
  CHECK(result.partial() == 1);
  CHECK_FALSE(result.differs());
  CHECK(capture_of(result, "mining.pool/bitcoin-proof").verdicts[0][0] == 1);
  CHECK(sheet_text(diff_sheet(result)).find("used up to its damage") != std::string::npos);
}

TEST_CASE("the page of a change request has both packs, what changed, the verdicts and the cost", "[aupsig][diff]") {
  const Captures captures(kCases);
  const PackCopy copy;
  copy.remove("mining.pool/stratum-opening.yaml");
  const DiffResult result = run(base(), copy.path(), captures.root());
  const Sheet sheet = diff_sheet(result);
  for (const std::string& text : {sheet_text(sheet), sheet_markdown(sheet), sheet_page(sheet)}) {
    CHECK(text.find(result.matchers[0]->ruleset().content_id().substr(0, 16)) != std::string::npos);
    CHECK(text.find(result.matchers[1]->ruleset().content_id().substr(0, 16)) != std::string::npos);
    CHECK(text.find("mining.pool.stratum-opening") != std::string::npos);
    CHECK(text.find("bitcoin-login-refused.pcapng") != std::string::npos);
    CHECK(text.find("What it costs") != std::string::npos);
  }
  const auto json = nlohmann::json::parse(diff_json(result));
  CHECK(json["verdicts"]["changes"] == result.changes());
  CHECK(json["pack"]["signatures"][0]["change"] == "removed");
  CHECK(json["after"]["database_bytes"] < json["before"]["database_bytes"]);
}

TEST_CASE("the exit code tells a difference, and nothing to compare is a mistake", "[aupsig][diff]") {
  const Captures captures({"mining.pool/kaspa-proof"});
  const PackCopy copy;
  copy.remove("dialects/kaspa.yaml");
  DiffOptions options;
  options.rules.declaration = AUPSCAN_SOURCE_DIR "/config/declaration.yaml";
  options.rules.panel = AUPSCAN_SOURCE_DIR "/config/panel.yaml";
  options.quiet = options.json = true;
  options.before = options.after = base();
  options.corpus = {captures.root()};
  CHECK(diff(options) == ExitCode::Done);
  options.after = copy.path();
  CHECK(diff(options) == ExitCode::Unexpected);
  options.corpus = {captures.root() + "/none"};
  CHECK(diff(options) == ExitCode::Usage);
  options.corpus = {captures.root()};
  options.after = captures.root() + "/none";
  CHECK(diff(options) == ExitCode::Usage);
}

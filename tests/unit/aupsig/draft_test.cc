#include "tools/aupsig/draft.h"

#include "scanner/app/incident_book.h"
#include "scanner/signature/load.h"
#include "tests/unit/aupsig/workbench_case.h"
#include "tools/aupsig/envelope_guess.h"
#include "tools/aupsig/json_scalars.h"
#include "tools/aupsig/signature_draft.h"
#include "tools/aupsig/translate/text_place.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>

using namespace scanner;
using namespace scanner::test;

namespace {

DraftOptions options_for(const std::string& activity = "mining.pool") {
  DraftOptions options;
  options.rules = shipped_rule_options();
  options.activity = activity;
  return options;
}

trafficgen::Scenario scenario_from(const std::string& yaml) {
  Diagnostics diagnostics;
  auto scenario = trafficgen::read_scenario("made-up.yaml", yaml, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) UNSCOPED_INFO(to_text(diagnostic));
  REQUIRE(scenario);
  return *scenario;
}

MiningRole role_of(const Draft& draft, const std::string& method) {
  REQUIRE(draft.dialect);
  const auto& messages = draft.dialect->messages;
  const auto found = std::find_if(messages.begin(), messages.end(), [&](const DraftedMessage& m) { return m.method == method; });
  REQUIRE(found != messages.end());
  return found->role;
}

// Subscribe, log-in with a wallet, difficulty, jobs with array parameters, shares that repeat the
// job, one of them refused, and a keep-alive; beside it JSON that is not mining.
constexpr const char* kForge = R"(
title: a pool that speaks like Stratum and calls everything otherwise
conversations:
  - speaks: language-server
    client: 192.0.2.30
    server: 198.51.100.30:9000
  - speaks: script
    client: 192.0.2.10
    server: 198.51.100.7:4040
    script:
      - {from: client, json: '{"id":1,"method":"forge.open","params":["smith/1.2.0"]}'}
      - {from: server, after: 20ms, json: '{"id":1,"result":[["anvil","ae6812eb"],"f000000f",4],"error":null}'}
      - {from: client, after: 5ms, json: '{"id":2,"method":"forge.enter","params":["smith-guild.rig7","x"]}'}
      - {from: server, after: 20ms, json: '{"id":2,"result":true,"error":null}'}
      - {from: server, after: 5ms, json: '{"id":null,"method":"forge.weight","params":[512]}'}
      - {from: server, after: 5ms, json: '{"id":null,"method":"forge.bar","params":["b7","4d16b6f85af6e2198f44ae2a6de67f78487ae5611b77c6c0440b921e00000000","65a1b2c3",true]}'}
      - {from: client, after: 10s, json: '{"id":3,"method":"forge.strike","params":["smith-guild.rig7","b7","00000001","65a1b2c4"]}'}
      - {from: server, after: 20ms, json: '{"id":3,"result":true,"error":null}'}
      - {from: server, after: 5s, json: '{"id":null,"method":"forge.bar","params":["b8","aa16b6f85af6e2198f44ae2a6de67f78487ae5611b77c6c0440b921e00000000","65a1b2d3",true]}'}
      - {from: client, after: 10s, json: '{"id":4,"method":"forge.strike","params":["smith-guild.rig7","b8","00000102","65a1b2d4"]}'}
      - {from: server, after: 20ms, json: '{"id":4,"result":null,"error":[21,"cold",null]}'}
      - {from: client, after: 10s, json: '{"id":5,"method":"forge.strike","params":["smith-guild.rig7","b8","00000203","65a1b2d5"]}'}
      - {from: server, after: 20ms, json: '{"id":5,"result":true,"error":null}'}
)";

}  // namespace

TEST_CASE("an unknown dialect is drafted from one conversation, and the capture then reaches proof", "[aupsig][new]") {
  const auto draft = draft_from(shipped_setup(), loaded(scenario_of("made-up-dialect/traffic.yaml")), options_for());
  INFO((draft ? std::string() : draft.error().message));
  REQUIRE(draft);
  CHECK(draft->stage_before == "none");
  CHECK(draft->stage_after == "proof");
  CHECK(role_of(*draft, "quarry/enter") == MiningRole::Authorise);
  CHECK(role_of(*draft, "quarry/chip") == MiningRole::Submit);
  CHECK(role_of(*draft, "quarry/stone") == MiningRole::Job);
  CHECK(draft->dialect->envelope.names.method == "verb");
  CHECK(draft->dialect->envelope.names.params == "args");
  CHECK(draft->dialect->envelope.names.id == "seq");
  CHECK(draft->dialect->envelope.names.result == "outcome");
  REQUIRE(draft->files.size() == 2);
  CHECK(draft->files[0].place == "dialects/quarry.yaml");
  CHECK(draft->files[1].place == "mining.pool/quarry.yaml");
  // What was guessed is told, and nobody's name is in the files.
  CHECK(std::any_of(draft->remarks.begin(), draft->remarks.end(), [](const std::string& r) { return r.find("(2 of 3) is taken for the one that grants") != std::string::npos; }));
  for (const DraftedFile& file : draft->files) CHECK(file.text.find("mason-7") == std::string::npos);
}

TEST_CASE("roles are told apart by shape and place, beside other JSON on the wire", "[aupsig][new]") {
  const auto draft = draft_from(shipped_setup(), loaded(scenario_from(kForge)), options_for());
  INFO((draft ? std::string() : draft.error().message));
  REQUIRE(draft);
  CHECK(role_of(*draft, "forge.open") == MiningRole::Subscribe);
  CHECK(role_of(*draft, "forge.enter") == MiningRole::Authorise);
  CHECK(role_of(*draft, "forge.strike") == MiningRole::Submit);
  CHECK(role_of(*draft, "forge.weight") == MiningRole::Difficulty);
  CHECK(role_of(*draft, "forge.bar") == MiningRole::Job);
  CHECK(draft->stage_before == "none");
  CHECK(draft->stage_after == "proof");
  CHECK(draft->dialect->yaml.find("agent: 'params[0]'") != std::string::npos);
  CHECK(draft->dialect->yaml.find("job: 'params[1]'") != std::string::npos);
  CHECK(draft->dialect->yaml.find("envelope") == std::string::npos);  // the customary one
}

TEST_CASE("a drafted dialect takes other software's JSON for nothing", "[aupsig][new]") {
  const auto draft = draft_from(shipped_setup(), loaded(scenario_from(kForge)), options_for());
  REQUIRE(draft);
  const TempDirectory directory;
  std::filesystem::copy(AUPSCAN_SOURCE_DIR "/signatures", directory.file("pack"), std::filesystem::copy_options::recursive);
  for (const DraftedFile& file : draft->files) REQUIRE(write_text_file(directory.file("pack/") + file.place, file.text));
  RuleOptions rules = shipped_rule_options();
  rules.signatures = directory.file("pack");
  const auto attempt = try_set_up(rules, "", nullptr);
  REQUIRE(attempt.setup);
  for (const char* name : {"near-miss/electrum/scenario.yaml", "near-miss/job-queue/scenario.yaml", "near-miss/language-server/scenario.yaml", "near-miss/lightning-rpc/scenario.yaml", "near-miss/wallet-rpc/scenario.yaml"}) {
    IncidentBook book;
    run_engine(*attempt.setup, loaded(scenario_of(name)).batches, book);
    INFO(name);
    CHECK(book.incidents().empty());
  }
}

TEST_CASE("a known dialect gets a signature alone, with an example and near misses that hold", "[aupsig][new]") {
  DraftOptions options = options_for();
  options.name = "own-name";
  const auto draft = draft_from(shipped_setup(), loaded(scenario_of("mining.pool/bitcoin-proof/scenario.yaml")), options);
  INFO((draft ? std::string() : draft.error().message));
  REQUIRE(draft);
  CHECK_FALSE(draft->dialect);
  REQUIRE(draft->files.size() == 1);
  CHECK(draft->files[0].place == "mining.pool/own-name.yaml");
  std::vector<Signature> signatures;
  Diagnostics diagnostics;
  load_signature(draft->files[0].place, draft->files[0].text, signatures, diagnostics);
  REQUIRE(signatures.size() == 1);
  CHECK(signatures[0].match.size() == 1);
  CHECK(signatures[0].no_match.size() >= 6);
  CHECK(signatures[0].stage == Stage::Contact);
  CHECK(signatures[0].status == SignatureStatus::Experimental);
}

TEST_CASE("what cannot be drafted is said", "[aupsig][new]") {
  const LoadedCapture capture = loaded(scenario_of("made-up-dialect/traffic.yaml"));
  const auto reason = [&](DraftOptions options) {
    const auto draft = draft_from(shipped_setup(), capture, options);
    return draft ? std::string() : draft.error().message;
  };
  CHECK(reason(options_for("minning.pool")).find("is no activity") != std::string::npos);
  DraftOptions options = options_for();
  options.name = "Bad Name";
  CHECK(reason(options).find("lower-case letters") != std::string::npos);
  options.name = "kaspa";
  CHECK(reason(options).find("there is a dialect 'kaspa' already") != std::string::npos);
  options = options_for();
  options.flow = "192.0.2.99:1-192.0.2.98:2";
  CHECK(reason(options).find("no TCP flow with payload is") != std::string::npos);
}

TEST_CASE("the scalars of a JSON text come with their paths", "[aupsig][new]") {
  const auto scalars = json_scalars(R"({"id":1,"params":["a",{"b":null}],"x":true})");
  REQUIRE(scalars.size() == 4);
  CHECK(scalars[0].path == "id");
  CHECK(scalars[0].text == "1");
  CHECK(scalars[1].path == "params[0]");
  CHECK(scalars[2].path == "params[1].b");
  CHECK(scalars[2].kind == JsonKind::Null);
  CHECK(scalars[3].kind == JsonKind::True);
  CHECK(json_scalars("{\"a\":").empty());
  CHECK(escaped("a.b(c)\n") == "a\\.b\\(c\\)\\x0a");
}

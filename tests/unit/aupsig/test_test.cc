#include "tools/aupsig/test.h"

#include "scanner/signature/examples.h"
#include "scanner/signature/load.h"
#include "scanner/signature/pack_text.h"
#include "tests/support/temp_directory.h"
#include "tools/aupsig/test_output.h"
#include "places.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace scanner;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

const std::string kSource = AUPSCAN_SOURCE_DIR;
const std::string kCase = kSource + "/signatures/tests/subscribe-unanswered";

std::string example_signature(const std::string& match, const std::string& no_match) {
  return "id: mining.pool.example\ntitle: An example\nactivity: mining.pool\nfield: stream.client\nstage: contact\nweight: 0.5\n"
         "status: active\nowner: signatures\nrevision: 1\npatterns:\n  method: {regex: '^\\{\"method\":\"example\\.login\"'}\n  agent: {literal: rig}\n"
         "condition: method and agent\nreferences: [https://example.org/facts]\nknown_false_positives: [none seen]\nexamples:\n  match:\n    - " +
         match + "\n  no_match:\n    - " + no_match + "\n";
}

constexpr const char* kMatch = "'{\"method\":\"example.login\",\"agent\":\"rig\"}'";
constexpr const char* kNearMiss = "'{\"method\":\"example.logout\",\"agent\":\"rig\"}'";

// A pack in a directory of its own.
struct PackOnDisk {
  test::TempDirectory directory;
  void put(const std::string& place, const std::string& text) const {
    const fs::path path = directory.file(place);
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  // The shipped case of a subscribe that nobody answers, and what is to come of it.
  void put_case(const std::string& name, const std::string& expect, const std::string& checks = "") const {
    put("tests/" + name + "/expect.yaml", expect);
    fs::copy_file(kCase + "/capture.pcapng", directory.file("tests/" + name + "/capture.pcapng"));
    if (!checks.empty()) put("tests/" + name + "/checks.yaml", checks);
  }
  ExitCode run(Json& json, std::vector<std::string> only = {}) const {
    std::ostringstream out;
    TestOptions options{.pack = directory.file("")};
    options.only = std::move(only);
    options.format = TestFormat::Json;
    options.declaration = kSource + "/config/declaration.yaml";
    const ExitCode code = test_pack(options, out);
    json = out.str().empty() ? Json() : Json::parse(out.str());
    return code;
  }
};

constexpr const char* kExpected = "- {subject: 192.0.2.10, activity: mining.pool, type: indicator, stage: contact}\n";

std::vector<TestResult> four_results() {
  TestResult passed{"mining.pool.a", "match 1", "a.yaml", 3, TestState::Passed, "", "", 0};
  TestResult failed{"mining.pool.a", "no_match 1", "a.yaml", 5, TestState::Failed, "", "it holds on: <a & \"b\"> # c\nfound: x\n", 0};
  TestResult known{"mining.pool.b", "match 1", "b.yaml", 7, TestState::Known, "blanks are not seen # yet", "it does not hold\n", 0};
  TestResult already{"tests/c", "case", "tests/c/expect.yaml", 0, TestState::PassesAlready, "a miss", "take its todo away\n", 0.25};
  return {passed, failed, known, already};
}

}  // namespace

TEST_CASE("the pack that comes with the program passes its own tests", "[aupsig][test]") {
  std::ostringstream out;
  TestOptions options{.pack = kSource + "/signatures"};
  options.declaration = kSource + "/config/declaration.yaml";
  CHECK(test_pack(options, out) == ExitCode::Done);
  INFO(out.str());
  CHECK(out.str().find(" 4 cases: ") != std::string::npos);
  CHECK(out.str().find(", 0 failed\n") != std::string::npos);
}

TEST_CASE("an example that is judged otherwise fails, and says which patterns were found", "[aupsig][test]") {
  const PackOnDisk pack;
  pack.put("mining.pool/example.yaml", example_signature(kNearMiss, kMatch));
  Json json;
  CHECK(pack.run(json) == ExitCode::Unexpected);
  CHECK(json["summary"]["failed"] == 2);
  CHECK(json["tests"][0]["name"] == "match 1");
  CHECK(json["tests"][0]["state"] == "failed");
  CHECK(json["tests"][0]["line"] == 18);
  CHECK(json["tests"][0]["detail"].get<std::string>().find("found: agent; not found: method; condition: method and agent") != std::string::npos);
  CHECK(json["tests"][1]["detail"].get<std::string>().find("found: method, agent; not found: nothing") != std::string::npos);
}

TEST_CASE("a known miss and a known false positive fail nothing until they pass", "[aupsig][test]") {
  const PackOnDisk pack;
  const std::string missed = "{text: " + std::string(kNearMiss) + ", todo: another method}", found = "{text: " + std::string(kMatch) + ", todo: seen in a lab}";
  pack.put("mining.pool/example.yaml", example_signature(missed, found));
  Json json;
  CHECK(pack.run(json) == ExitCode::Done);
  CHECK(json["summary"]["known"] == 2);
  CHECK(json["tests"][0]["todo"] == "another method");
  pack.put("mining.pool/example.yaml", example_signature(found, missed));
  CHECK(pack.run(json) == ExitCode::Unexpected);
  CHECK(json["summary"]["failed"] == 2);
  CHECK(json["tests"][0]["state"] == "passes already");
}

TEST_CASE("a todo changes the content id, since it is part of what a pack promises", "[aupsig][test]") {
  const auto id_of = [](const std::string& text) {
    std::vector<Signature> signatures;
    Diagnostics diagnostics;
    load_signature("a.yaml", text, signatures, diagnostics);
    REQUIRE(signatures.size() == 1);
    return Ruleset::make(std::move(signatures), {}, {}, diagnostics)->content_id();
  };
  CHECK(id_of(example_signature(kMatch, kNearMiss)) != id_of(example_signature("{text: " + std::string(kMatch) + ", todo: later}", kNearMiss)));
}

TEST_CASE("a case is held against what must come of it", "[aupsig][test]") {
  const PackOnDisk pack;
  fs::copy(kSource + "/signatures/dialects", pack.directory.file("dialects"), fs::copy_options::recursive);
  pack.put("mining.pool/example.yaml", example_signature(kMatch, kNearMiss));
  pack.put_case("right", kExpected, "text: ['\"activity\":\"mining.pool\"']\nundecoded: 0\n");
  pack.put_case("wrong", "# silence\n");
  pack.put_case("known", "# silence\n", "todo: our own monitor subscribes\n");
  pack.put_case("group/passes-already", kExpected, "todo: nothing is seen yet\n");
  pack.put_case("no-such-text", kExpected, "text: [no event says this]\n");
  pack.put_case("checks-wrong", kExpected, "locl: [192.0.2.0/24]\n");
  pack.put("tests/no-capture/expect.yaml", "# silence\n");
  pack.put("tests/README.md", "no case\n");
  Json json;
  CHECK(pack.run(json, {"tests/*"}) == ExitCode::Unexpected);
  std::map<std::string, Json> by_name;
  for (const Json& one : json["tests"]) by_name[one["group"]] = one;
  CHECK(by_name.size() == 7);
  CHECK(by_name["tests/right"]["state"] == "passed");
  CHECK(by_name["tests/wrong"]["state"] == "failed");
  CHECK(by_name["tests/wrong"]["detail"].get<std::string>().find("192.0.2.10") != std::string::npos);
  CHECK(by_name["tests/known"]["state"] == "known");
  CHECK(by_name["tests/group/passes-already"]["state"] == "passes already");
  CHECK(by_name["tests/no-such-text"]["detail"] == "no event says \"no event says this\"\n");
  CHECK(by_name["tests/checks-wrong"]["detail"].get<std::string>().find("did you mean \"local\"?") != std::string::npos);
  CHECK(by_name["tests/no-capture"]["detail"].get<std::string>().find("no capture") != std::string::npos);
}

TEST_CASE("tests are chosen by name, and a name that fits nothing is a usage error", "[aupsig][test]") {
  const PackOnDisk pack;
  pack.put("mining.pool/example.yaml", example_signature(kMatch, kNearMiss));
  Json json;
  CHECK(pack.run(json, {"mining.*"}) == ExitCode::Done);
  CHECK(json["summary"]["tests"] == 2);
  CHECK(pack.run(json, {"mining.solo.*"}) == ExitCode::Usage);
  pack.put("mining.pool/broken.yaml", "id: 'a\n");
  CHECK(pack.run(json) == ExitCode::Found);
  CHECK(json.is_null());
  std::ostringstream out;
  CHECK(test_pack({.pack = "no/such/directory"}, out) == ExitCode::Usage);
}

TEST_CASE("what lies beside a pack is no part of it", "[aupsig][test]") {
  for (const char* place : {"tests/a/expect.yaml", "tests/a/checks.yaml", "baseline/dns.name.txt", "baseline/notes.yaml", "README.md", "mining.pool/.hidden.yaml"}) CHECK(part_of(place) == PackPart::Other);
  CHECK(part_of("mining.pool/a.yaml") == PackPart::Signature);
  CHECK(part_of("dialects/a.yaml") == PackPart::Dialect);
  CHECK(part_of("datasets/a.tsv") == PackPart::Dataset);
  CHECK(part_of("mining.pool/tests/a.yaml") == PackPart::Signature);
}

TEST_CASE("a stream's example is judged the same however it is cut", "[aupsig][test]") {
  std::vector<Signature> signatures;
  Diagnostics diagnostics;
  load_signature("a.yaml", example_signature(kMatch, kNearMiss), signatures, diagnostics);
  const auto matcher = make_hyperscan_matcher(Ruleset::make(std::move(signatures), {}, {}, diagnostics));
  REQUIRE(matcher);
  const auto scratch = (*matcher)->make_scratch();
  const SignatureExample& example = (*matcher)->ruleset().signatures()[0].match[0];
  const auto whole = match_of(**matcher, 0, example, *scratch);
  REQUIRE(whole);
  CHECK(match_of(**matcher, 0, example, *scratch, {5, 9, 1000}) == whole);
  CHECK(match_of(**matcher, 0, example, *scratch, {9, 5}) == whole);  // places that go back cut nothing
  const auto results = run_examples(**matcher, [](std::string_view) { return true; });
  REQUIRE(results.size() == 2);
  CHECK(results[0].state == TestState::Passed);
}

TEST_CASE("TAP counts from 1 and escapes what is its own", "[aupsig][test]") {
  const std::string tap = tests_tap(four_results());
  INFO(tap);
  CHECK(tap.starts_with("TAP version 14\n1..4\nok 1 - mining.pool.a: match 1\nnot ok 2 - mining.pool.a: no_match 1\n  ---\n"));
  CHECK(tap.find("not ok 3 - mining.pool.b: match 1 # TO" "DO blanks are not seen \\# yet\n") != std::string::npos);
  CHECK(tap.find("not ok 4 - tests/c: case\n  ---\n") != std::string::npos);
  CHECK(tap.ends_with("  ...\n"));
}

TEST_CASE("JUnit has a suite for each group, and failures that XML can hold", "[aupsig][test]") {
  const std::string junit = tests_junit(four_results());
  INFO(junit);
  CHECK(junit.find("<testsuites name=\"aupsig test\" tests=\"4\" failures=\"2\" errors=\"0\" skipped=\"1\">") != std::string::npos);
  CHECK(junit.find("<testsuite name=\"mining.pool.a\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\">") != std::string::npos);
  CHECK(junit.find("<failure message=\"it holds on: &lt;a &amp; &quot;b&quot;&gt; # c\">a.yaml:5\n") != std::string::npos);
  CHECK(junit.find("<skipped message=\"known: blanks are not seen # yet\"/>") != std::string::npos);
  CHECK(junit.find("time=\"0.250\"") != std::string::npos);
}

TEST_CASE("the text names what fails and what is known, and sums up", "[aupsig][test]") {
  const std::string text = tests_text(four_results(), false);
  INFO(text);
  CHECK(text.find("FAIL   mining.pool.a: no_match 1\n         a.yaml:5\n") != std::string::npos);
  CHECK(text.find("known  mining.pool.b: match 1  (blanks are not seen # yet)\n") != std::string::npos);
  CHECK(text.find("ok     ") == std::string::npos);
  CHECK(text.ends_with("2 signatures, 3 examples, 1 case: 1 passed, 2 failed, 1 known to fail\n"));
  CHECK(tests_text(four_results(), true).find("ok     mining.pool.a: match 1\n") != std::string::npos);
}

#include "tools/aupsig/lint.h"
#include "tools/aupsig/lint_output.h"

#include "tests/support/pack_sections.h"
#include "places.h"

#include <catch2/catch.hpp>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

using namespace scanner;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

const fs::path kPacks = AUPSCAN_SOURCE_DIR "/tests/golden/lint";

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

LintResult lint_text_of(const std::string& text, const std::string& today = "2026-11-30") {
  const test::PackSections pack = test::split_pack(text, 8);
  auto result = lint_pack({pack.files, pack.baseline, today, pack.exceptions});
  REQUIRE(result);
  return std::move(*result);
}

// Of this process: what a busy machine does beside it does not count.
double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

LintResult lint_golden(const std::string& name) { return lint_text_of(content_of(kPacks / (name + ".pack"))); }

}  // namespace

TEST_CASE("the pack that comes with the program has no problems and no doubts", "[aupsig][lint]") {
  std::ostringstream out;
  CHECK(lint({.pack = AUPSCAN_SOURCE_DIR "/signatures", .deny_warnings = true, .today = "2026-11-30"}, out) == ExitCode::Done);
  INFO(out.str());
  CHECK(out.str().find(": 0 errors, 0 warnings, ") != std::string::npos);
  CHECK(out.str().find(" allowed with a reason\n") != std::string::npos);
}

TEST_CASE("what cannot be read or is no day is a usage error", "[aupsig][lint]") {
  std::ostringstream out;
  CHECK(lint({.pack = "no/such/directory"}, out) == ExitCode::Usage);
  CHECK(lint({.pack = AUPSCAN_SOURCE_DIR "/tests/golden/formats"}, out) == ExitCode::Usage);
  CHECK(lint({.pack = AUPSCAN_SOURCE_DIR "/signatures", .today = "tomorrow"}, out) == ExitCode::Usage);
  CHECK(lint({.pack = AUPSCAN_SOURCE_DIR "/signatures", .baseline = {"no-such-file.txt"}}, out) == ExitCode::Usage);
  CHECK(out.str().empty());
}

TEST_CASE("a warning is a problem where warnings are denied", "[aupsig][lint]") {
  const LintOptions options{.pack = AUPSCAN_SOURCE_DIR "/signatures", .today = "2036-11-30"};  // the data sets have expired by then
  LintOptions denying = options;
  denying.deny_warnings = true;
  std::ostringstream out;
  CHECK(lint(options, out) == ExitCode::Done);
  CHECK(out.str().find("warning[W240]") != std::string::npos);
  CHECK(lint(denying, out) == ExitCode::Found);
}

TEST_CASE("one broken file does not hide what is wrong with the others", "[aupsig][lint]") {
  const std::string weak = content_of(kPacks / "weight-too-heavy.pack");
  const LintResult result = lint_text_of("=== mining.pool/broken.yaml\nid: 'a\n=== mining.pool/refused.yaml\n" + content_of(kPacks / "compiled-too-large.pack").substr(29) + weak);
  std::string codes;
  for (const Diagnostic& d : result.problems) codes += d.code + " ";
  INFO(codes);
  CHECK(codes.find("E001") != std::string::npos);
  CHECK(codes.find("W208") != std::string::npos);
}

TEST_CASE("JSON has every problem with its place, and what was allowed with its reason", "[aupsig][lint]") {
  const Json wrong = Json::parse(lint_json(lint_golden("near-miss-matched")));
  REQUIRE(wrong["problems"].size() == 1);
  CHECK(wrong["problems"][0]["id"] == "E113");
  CHECK(wrong["problems"][0]["severity"] == "error");
  CHECK(wrong["problems"][0]["file"] == "mining.pool/example.yaml");
  CHECK(wrong["problems"][0]["line"] == 20);
  CHECK(wrong["problems"][0]["column"] == 7);
  CHECK(wrong["summary"]["errors"] == 1);
  const Json allowed = Json::parse(lint_json(lint_golden("allowed-in-a-set")));
  CHECK(allowed["problems"].empty());
  REQUIRE(allowed["suppressed"].size() == 1);
  CHECK(allowed["suppressed"][0]["reason"] == "kept for replays of that year");
  CHECK(allowed["summary"]["suppressed"] == 1);
}

TEST_CASE("SARIF points at rule, file, line and column in code points, and keeps suppressions", "[aupsig][lint]") {
  LintResult result = lint_golden("allowed-with-a-reason");
  Diagnostic d;
  d.code = "E112";
  d.message = "wrong";
  d.at = {"my pack/ä.yaml", 3, 5};
  d.line_text = "ää: x";
  result.problems.push_back(d);
  const Json sarif = Json::parse(lint_sarif(result, "1.2.3"));
  CHECK(sarif["version"] == "2.1.0");
  CHECK(sarif["$schema"].get<std::string>().ends_with("sarif-2.1.0.json"));
  REQUIRE(sarif["runs"].size() == 1);
  const Json& run = sarif["runs"][0];
  CHECK(run["tool"]["driver"]["version"] == "1.2.3");
  CHECK(run["columnKind"] == "unicodeCodePoints");
  const Json& rules = run["tool"]["driver"]["rules"];
  REQUIRE(run["results"].size() == 3);
  for (const Json& one : run["results"]) {
    CHECK(rules.at(one["ruleIndex"].get<std::size_t>())["id"] == one["ruleId"]);
    CHECK((one["level"] == "error" || one["level"] == "warning"));
    CHECK_FALSE(one["message"]["text"].get<std::string>().empty());
  }
  const Json& place = run["results"][0]["locations"][0]["physicalLocation"];
  CHECK(place["artifactLocation"]["uri"] == "my%20pack/%C3%A4.yaml");
  CHECK(place["region"]["startLine"] == 3);
  CHECK(place["region"]["startColumn"] == 3);  // byte 5 is the third code point
  CHECK_FALSE(run["results"][0].contains("suppressions"));
  CHECK(run["results"][1]["suppressions"][0]["kind"] == "inSource");
  CHECK(run["results"][1]["suppressions"][0]["justification"] == "it may stand anywhere in what this client sends");
}

TEST_CASE("a pack without a clock is told nothing of what has expired", "[aupsig][lint]") {
  CHECK(lint_text_of(content_of(kPacks / "set-expired.pack"), "").problems.empty());
  CHECK(lint_text_of(content_of(kPacks / "facts-expired.pack"), "2026-10-31").problems.empty());
  CHECK(lint_text_of(content_of(kPacks / "facts-expired.pack"), "2026-11-01").problems.size() == 1);
}

TEST_CASE("however broken a pack is, lint gives an answer, in time and twice the same", "[aupsig][lint]") {
  std::vector<std::string> packs;
  for (const auto& entry : fs::directory_iterator(kPacks))
    if (entry.path().extension() == ".pack") packs.push_back(content_of(entry.path()));
  std::sort(packs.begin(), packs.end());
  REQUIRE(packs.size() >= 40);
  std::mt19937 random(20261130);
  const auto below = [&](std::size_t bound) { return static_cast<std::size_t>(random() % bound); };
  constexpr std::string_view kBits[] = {"{", "}", "[", "]", "*", "+", "?", "{1,9000}", "(", ")", "|", "\\", "'", "\"", ":", "#", "\n", "\t", "- ", "&a ", "*a ", "!t ", "# lint: allow W201: x", "=== dialects/a.yaml\n", "=== datasets/a.tsv\n", "\xff", "{0,99}"};
  const double begin = cpu_seconds();
  std::size_t problems = 0;
  for (std::size_t round = 0; round < 1500; ++round) {
    std::string text = packs[round % packs.size()];
    for (std::size_t change = below(6) + 1; change > 0; --change) {
      const std::size_t at = below(text.size() + 1);
      switch (below(4)) {
        case 0: text.insert(at, kBits[below(std::size(kBits))]); break;
        case 1: text.erase(at, below(40)); break;
        case 2: text.insert(at, text.substr(below(text.size()), below(200))); break;
        default: {
          const std::string& other = packs[below(packs.size())];
          text.insert(at, other.substr(below(other.size()), below(120)));
        }
      }
    }
    const LintResult result = lint_text_of(text);
    problems += result.problems.size();
    for (const Diagnostic& d : result.problems) {
      INFO(text);
      REQUIRE_FALSE(d.message.empty());
      REQUIRE_FALSE(d.code.empty());
    }
    if (round % 50 == 0) REQUIRE(lint_json(result) == lint_json(lint_text_of(text)));
  }
  CHECK(problems > 1500);  // the changes do break things
  CHECK(cpu_seconds() - begin < 300);
}

TEST_CASE("the largest patterns that are allowed are compiled in seconds, larger ones are refused at once", "[aupsig][lint]") {
  const auto timed = [](const std::string& regex) {
    std::string text = content_of(kPacks / "clean.pack");
    const std::string old = "'^\\{\"method\":\"example\\.login\"'";
    text.replace(text.find(old), old.size(), "'" + regex + "'");
    const double begin = cpu_seconds();
    const LintResult result = lint_text_of(text);
    bool refused = false;
    for (const Diagnostic& d : result.problems) refused = refused || d.code == "E117";
    return std::pair(refused, cpu_seconds() - begin);
  };
  for (const char* large : {"^x.{7900}y", "((a|b){30}(c|d){30}){30}", "(a.{0,50}b.{0,50}){20}x", "(ab?c?){1000}"}) {
    INFO(large);
    CHECK(timed(large).second < 60);
  }
  for (const char* larger : {"((((a{900}){900}){900}){900}){900}", "(a?b?c?){2000}", "(.{0,30000}x){30000}", "(*UTF8)(\\pL{900}){900}"}) {
    INFO(larger);
    const auto [refused, took] = timed(larger);
    CHECK(refused);
    CHECK(took < 5);
  }
}

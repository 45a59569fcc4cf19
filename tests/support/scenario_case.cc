#include "tests/support/scenario_case.h"

#include "scanner/io/text_file.h"
#include "scanner/model/yaml.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <stdexcept>

namespace scanner::test {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 2> kTypes{"breach", "indicator"};

void read_numbers(const YamlNode* node, std::string_view what, YamlContext& context, std::map<std::string, std::int64_t>& into) {
  if (node == nullptr) return;
  YamlMap map(*node, what, context);
  for (const auto& [key, value] : map.entries())
    if (const auto number = yaml_integer(*value, key->text, context, 0, 1000000)) into[key->text] = *number;
}

ExpectedClaim read_claim(const YamlNode& node, YamlContext& context) {
  YamlMap map(node, "claim", context);
  ExpectedClaim claim;
  claim.subject = map.string("subject").value_or("");
  claim.activity = map.string("activity").value_or("");
  if (const auto type = map.choice("type", kTypes)) claim.type = kTypes[*type];
  claim.stage = map.string("stage").value_or("");
  claim.coin = map.string("coin", Presence::Optional);
  claim.algorithm = map.string("algorithm", Presence::Optional);
  claim.pool = map.string("pool", Presence::Optional);
  claim.incidents = map.integer("incidents", Presence::Optional, 1, 1000);
  read_numbers(map.map("counts", Presence::Optional), "counts", context, claim.counts);
  read_numbers(map.map("shares", Presence::Optional), "shares", context, claim.shares);
  claim.hashrate_from = map.number("hashrate_from", Presence::Optional, 0);
  claim.hashrate_to = map.number("hashrate_to", Presence::Optional, 0);
  claim.text = map.strings("text", Presence::Optional);
  map.finish();
  return claim;
}

Expectation read_expectation(const YamlNode& node, YamlContext& context) {
  YamlMap map(node, "expectation", context);
  Expectation expectation;
  const bool none = map.boolean("none", Presence::Optional).value_or(false);
  if (const YamlNode* claims = map.sequence("claims", Presence::Optional))
    for (const YamlNode& item : claims->items) expectation.claims.push_back(read_claim(item, context));
  for (const std::string& text : map.strings("local", Presence::Optional)) {
    if (const auto range = Cidr::parse(text)) expectation.local.push_back(*range);
    else context.error(node, "X001", "\"" + text + "\" is no address range");
  }
  expectation.undecoded = map.integer("undecoded", Presence::Optional, 0);
  map.finish();
  if (none != expectation.claims.empty()) context.error(node, "X002", "either none: true or claims");
  return expectation;
}

std::string text_of(const fs::path& path) {
  auto text = read_text_file(path.string());
  if (!text) throw std::runtime_error(text.error().message);
  return *text;
}

ScenarioCase load_case(const fs::path& directory, const std::string& name, Diagnostics& diagnostics) {
  ScenarioCase found;
  found.name = name;
  const std::string scenario = text_of(directory / "scenario.yaml"), expected = text_of(directory / "expect.yaml");
  if (!fs::exists(directory / "note.md")) throw std::runtime_error(name + " has no note.md: say what it is for");
  if (auto read = trafficgen::read_scenario(name + "/scenario.yaml", scenario, diagnostics)) found.scenario = std::move(*read);
  YamlContext context(name + "/expect.yaml", expected, diagnostics);
  if (const auto root = parse_yaml(context)) found.expectation = read_expectation(*root, context);
  return found;
}

std::vector<ScenarioCase> load_cases() {
  const fs::path root = AUPSCAN_SOURCE_DIR "/tests/scenario";
  std::vector<fs::path> directories;
  for (const auto& entry : fs::recursive_directory_iterator(root))
    if (entry.path().filename() == "scenario.yaml") directories.push_back(entry.path().parent_path());
  std::sort(directories.begin(), directories.end());
  Diagnostics diagnostics;
  std::vector<ScenarioCase> cases;
  for (const fs::path& directory : directories)
    cases.push_back(load_case(directory, fs::relative(directory, root).string(), diagnostics));
  std::string said;
  for (const Diagnostic& diagnostic : diagnostics) said += to_text(diagnostic) + "\n";
  if (has_errors(diagnostics)) throw std::runtime_error("scenarios that cannot be read:\n" + said);
  return cases;
}

}  // namespace

const std::vector<ScenarioCase>& scenario_cases() {
  static const std::vector<ScenarioCase> cases = load_cases();
  return cases;
}

}  // namespace scanner::test

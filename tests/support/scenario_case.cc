#include "tests/support/scenario_case.h"

#include "scanner/io/text_file.h"
#include "scanner/model/yaml.h"
#include "scanner/policy/tenants.h"
#include "tests/support/capture_changes.h"
#include "tests/support/temp_directory.h"
#include "places.h"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

namespace scanner::test {
namespace {

namespace fs = std::filesystem;

Checks read_checks(const std::string& file, const std::string& text, Diagnostics& diagnostics) {
  Checks checks;
  YamlContext context(file, text, diagnostics);
  const auto root = parse_yaml(context);
  if (!root) return checks;
  YamlMap map(*root, "checks", context);
  for (const std::string& range : map.strings("local", Presence::Optional)) {
    if (const auto cidr = Cidr::parse(range))
      checks.local.push_back(*cidr);
    else
      context.error(*root, "X001", "\"" + range + "\" is no address range");
  }
  checks.undecoded = static_cast<std::uint64_t>(map.integer("undecoded", Presence::Optional, 0).value_or(0));
  checks.hashrate_from = map.number("hashrate_from", Presence::Optional, 0);
  checks.hashrate_to = map.number("hashrate_to", Presence::Optional, 0);
  checks.text = map.strings("text", Presence::Optional);
  map.finish();
  return checks;
}

std::string text_of(const fs::path& path) {
  auto text = read_text_file(path.string());
  if (!text) throw std::runtime_error(text.error().message);
  return *text;
}

ScenarioCase load_case(const fs::path& directory, const std::string& name, Diagnostics& diagnostics) {
  ScenarioCase found;
  found.name = name;
  if (!fs::exists(directory / "note.md")) throw std::runtime_error(name + " has no note.md: say what it is for");
  if (auto scenario =
          trafficgen::read_scenario(name + "/scenario.yaml", text_of(directory / "scenario.yaml"), diagnostics))
    found.scenario = std::move(*scenario);
  if (auto outline = parse_outline(name + "/expect.yaml", text_of(directory / "expect.yaml"), diagnostics))
    found.outline = std::move(*outline);
  if (fs::exists(directory / "checks.yaml"))
    found.checks = read_checks(name + "/checks.yaml", text_of(directory / "checks.yaml"), diagnostics);
  if (fs::exists(directory / "tenants.yaml"))
    if (auto tenants = load_tenants(name + "/tenants.yaml", text_of(directory / "tenants.yaml"), diagnostics)) found.tenants = std::move(tenants->claims);
  if (fs::exists(directory / "recording.ndjson")) found.recording = (directory / "recording.ndjson").string();
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

std::string hashrate_difference(const Checks& checks, const EngineRun& run) {
  if (!checks.hashrate_from && !checks.hashrate_to) return "";
  double rate = 0;
  for (const BreachEvent* event : run.book.incidents())
    for (const MiningSummary& mining : event->mining) rate += mining.hashrate;
  if (rate >= checks.hashrate_from.value_or(0) && rate <= checks.hashrate_to.value_or(1e30)) return "";
  return "hash rate " + std::to_string(rate) + " is out of its range\n";
}

}  // namespace

const std::vector<ScenarioCase>& scenario_cases() {
  static const std::vector<ScenarioCase> cases = load_cases();
  return cases;
}

EngineRun run_case(const ScenarioCase& one) {
  const auto packets = trafficgen::generate(one.scenario);
  RunOptions options;
  options.local = one.checks.local;
  options.tenants = one.tenants;
  options.key_log = trafficgen::key_log(one.scenario);
  if (one.recording.empty()) return run_packets(trafficgen::views(packets), options);
  const TempDirectory directory;
  write_packets(directory.file("case.pcapng"), packets);
  fs::copy_file(one.recording, directory.file("case.ndjson"));
  return run_captures({directory.file("case.pcapng")}, options);
}

std::string differences(const ScenarioCase& one, const EngineRun& run) {
  std::string said = outline_differences(one.outline, run.book.incidents());
  said += hashrate_difference(one.checks, run);
  for (const std::string& text : one.checks.text)
    if (std::none_of(run.events.begin(), run.events.end(),
                     [&](const std::string& event) { return event.find(text) != std::string::npos; }))
      said += "no event says \"" + text + "\"\n";
  std::uint64_t undecoded = 0;
  for (const DecodeStatus status : kUndecoded)
    undecoded += run.coverage.by_status[static_cast<std::size_t>(status)];
  if (undecoded != one.checks.undecoded)
    said += "undecoded packets: expected " + std::to_string(one.checks.undecoded) + ", got " +
            std::to_string(undecoded) + "\n";
  return said;
}

}  // namespace scanner::test

#include "tests/support/scenario_case.h"

#include "scanner/io/text_file.h"
#include "scanner/model/yaml.h"
#include "scanner/policy/permissions.h"
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
    found.checks = read_case_checks(name + "/checks.yaml", text_of(directory / "checks.yaml"), diagnostics);
  if (fs::exists(directory / "tenants.yaml"))
    if (auto tenants = load_tenants(name + "/tenants.yaml", text_of(directory / "tenants.yaml"), diagnostics)) found.tenants = std::move(tenants->claims);
  if (fs::exists(directory / "permissions.yaml")) {
    Exceptions permissions;
    if (load_permissions(name + "/permissions.yaml", text_of(directory / "permissions.yaml"), permissions, diagnostics))
      found.permissions = std::make_shared<const Exceptions>(std::move(permissions));
  }
  if (fs::exists(directory / "recording.ndjson")) found.recording = (directory / "recording.ndjson").string();
  // Of the shipped cases every packet is decoded unless one says otherwise.
  if (!found.checks.undecoded) found.checks.undecoded = 0;
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

EngineRun run_case(const ScenarioCase& one) {
  const auto packets = trafficgen::generate(one.scenario);
  RunOptions options;
  options.local = one.checks.local;
  options.tenants = one.tenants;
  options.exceptions = one.permissions;
  options.key_log = trafficgen::key_log(one.scenario);
  if (one.recording.empty()) return run_packets(trafficgen::views(packets), options);
  const TempDirectory directory;
  write_packets(directory.file("case.pcapng"), packets);
  fs::copy_file(one.recording, directory.file("case.ndjson"));
  return run_captures({directory.file("case.pcapng")}, options);
}

std::string differences(const ScenarioCase& one, const EngineRun& run) {
  std::vector<std::string> missing = one.checks.text;
  std::erase_if(missing, [&](const std::string& text) {
    return std::any_of(run.events.begin(), run.events.end(), [&](const std::string& event) { return event.find(text) != std::string::npos; });
  });
  return outline_differences(one.outline, run.book.incidents()) + check_differences(one.checks, missing, run.book, run.coverage);
}

}  // namespace scanner::test

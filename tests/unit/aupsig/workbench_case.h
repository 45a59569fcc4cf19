// Scenarios as captures for the workbench's tests, and the rules that the repository ships.
#pragma once

#include "scanner/app/setup.h"
#include "scanner/io/text_file.h"
#include "tests/support/capture_changes.h"
#include "tests/support/temp_directory.h"
#include "tools/aupsig/capture_run.h"
#include "tools/trafficgen/scenario_read.h"
#include "places.h"

#include <stdexcept>
#include <string>

namespace scanner::test {

inline RuleOptions shipped_rule_options() {
  return {AUPSCAN_SOURCE_DIR "/signatures", AUPSCAN_SOURCE_DIR "/config/declaration.yaml", "", AUPSCAN_SOURCE_DIR "/config/panel.yaml", ""};
}

inline const Setup& shipped_setup() {
  static const Setup made = [] {
    auto attempt = try_set_up(shipped_rule_options(), "", nullptr);
    if (!attempt.setup) throw std::runtime_error("the shipped rules do not load");
    return std::move(*attempt.setup);
  }();
  return made;
}

// `relative` to tests/scenario.
inline trafficgen::Scenario scenario_of(const std::string& relative) {
  const std::string path = std::string(AUPSCAN_SOURCE_DIR "/tests/scenario/") + relative;
  Diagnostics diagnostics;
  const auto text = read_text_file(path);
  auto scenario = text ? trafficgen::read_scenario(path, *text, diagnostics) : std::nullopt;
  if (!scenario) throw std::runtime_error("no scenario: " + path);
  return *scenario;
}

inline LoadedCapture loaded(const trafficgen::Scenario& scenario) {
  const TempDirectory directory;
  write_packets(directory.file("case.pcapng"), trafficgen::generate(scenario));
  auto capture = load_capture({directory.file("case.pcapng")});
  if (!capture) throw std::runtime_error(capture.error().message);
  return std::move(*capture);
}

}  // namespace scanner::test

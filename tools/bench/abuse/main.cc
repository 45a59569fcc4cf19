// What abuse reaches which stage, and after how long, where it is done plainly and where somebody
// tries not to be noticed: made by trafficgen, through the whole engine with the shipped rules
// and thresholds. `evasions` beside this folder runs it.
//
//   table.tsv   what is expected; --check compares, --update writes it
//
// A case that gets further than its reason says, or stays behind without a reason, is a mistake;
// so is an event about anybody but the subject. What the abuse is taken for else is told.
#include "places.h"
#include "tests/support/engine_run.h"
#include "tools/bench/abuse/cases.h"
#include "tools/trafficgen/generate.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <vector>

using namespace scanner;
using evasions::Case;

namespace {

using Problems = std::vector<std::string>;

// When a stage was first told, since the first packet.
struct Outcome {
  std::optional<Duration> observed, confirmed;
  std::map<std::string, Stage> others;  // by activity
  std::string_view stage() const { return confirmed ? "confirmed" : observed ? "observed" : "silent"; }
};

std::string text_of(const std::optional<Duration>& span) {
  if (!span) return "-";
  constexpr std::int64_t kTenth = 100'000'000, kMinute = 60, kHour = 3600;
  const std::int64_t tenths = span->count() / kTenth, seconds = tenths / 10;
  if (seconds < 2 * kMinute) return std::to_string(seconds) + "." + std::to_string(tenths % 10) + " s";
  return seconds < 2 * kHour ? std::to_string(seconds / kMinute) + " min" : std::to_string(seconds / kHour) + " h";
}

Outcome run(const Case& one, Problems& problems) {
  Diagnostics diagnostics;
  const auto scenario = trafficgen::read_scenario(one.name, one.scenario, diagnostics);
  if (!scenario) {
    std::string said = "\"" + one.name + "\" is no scenario:\n";
    for (const Diagnostic& diagnostic : diagnostics) said += to_text(diagnostic);
    throw std::runtime_error(said);
  }
  const auto packets = trafficgen::generate(*scenario);
  test::RunOptions options;
  if (one.local) options.local = {*Cidr::parse("192.0.2.0/24")};
  const auto run = test::run_packets(trafficgen::views(packets), options);
  Outcome outcome;
  for (const BreachEvent& event : run.records) {
    const std::string subject = "ip:" + std::string(evasions::kSubject);
    if (event.subject.id != subject) problems.push_back(one.name + ": " + event.activity + " of " + event.subject.id);
    if (event.activity != one.activity) {
      outcome.others[event.activity] = std::max(outcome.others[event.activity], event.stage);
      continue;
    }
    const Duration after = event.time - packets.front().at;
    if (!outcome.observed) outcome.observed = after;
    if (!outcome.confirmed && event.stage == Stage::Confirmed) outcome.confirmed = after;
  }
  return outcome;
}

using Table = std::vector<std::array<std::string, 6>>;

void print(const Table& table) {
  std::array<std::size_t, 5> widths{};
  for (const auto& row : table)
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  for (const auto& row : table) {
    std::string line;
    for (std::size_t i = 0; i < widths.size(); ++i) line += row[i] + std::string(widths[i] + 2 - row[i].size(), ' ');
    std::cout << line << row.back() << "\n";
  }
}

void compare(const std::string& path, const std::map<std::string, std::string>& found, Problems& problems) {
  std::map<std::string, std::string> expected;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const auto tab = line.rfind('\t');
    if (tab != std::string::npos) expected[line.substr(0, tab)] = line.substr(tab + 1);
  }
  for (const auto& [name, stage] : found)
    if (expected[name] != stage) problems.push_back(name + ": " + stage + ", where " + path + " has " + (expected[name].empty() ? "nothing" : expected[name]));
  for (const auto& [name, stage] : expected)
    if (!found.contains(name)) problems.push_back(name + ": is in " + path + " only");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Prints which stage abuse reaches, and after how long, plainly and with evasions."};
  std::string path = AUPSCAN_SOURCE_DIR "/tests/golden/evasions/table.tsv", only;
  bool check = false, update = false;
  app.add_option("--table", path, "what is expected");
  app.add_option("--only", only, "cases whose activity begins with this");
  app.add_flag("--check", check, "fail where a stage is not as in the table");
  app.add_flag("--update", update, "write the table");
  CLI11_PARSE(app, argc, argv);
  try {
    Problems problems;
    Table table{{"activity", "what is done", "rate", "observed after", "confirmed after", "why no further"}};
    std::map<std::string, std::string> stages;
    for (const Case& one : evasions::cases()) {
      if (!one.activity.starts_with(only)) continue;
      const Outcome outcome = run(one, problems);
      if (outcome.confirmed && !one.why.empty()) problems.push_back(one.name + ": is confirmed, against its reason");
      if (!outcome.confirmed && one.why.empty()) problems.push_back(one.name + ": is " + std::string(outcome.stage()) + ", without a reason");
      std::string why = one.why, stage(outcome.stage());
      for (const auto& [activity, highest] : outcome.others) {
        why += "; told as " + activity + ", " + std::string(to_string(highest));
        stage += ", " + activity + " " + std::string(to_string(highest));
      }
      table.push_back({one.activity, one.name, one.rate, text_of(outcome.observed), text_of(outcome.confirmed), why});
      stages[one.activity + "\t" + one.name] = stage;
    }
    print(table);
    if (check) compare(path, stages, problems);
    if (update) {
      std::ofstream file(path);
      for (const auto& [name, stage] : stages) file << name << "\t" << stage << "\n";
    }
    for (const std::string& problem : problems) std::cerr << "evasions: " << problem << "\n";
    return problems.empty() ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "evasions: " << error.what() << "\n";
    return 1;
  }
}

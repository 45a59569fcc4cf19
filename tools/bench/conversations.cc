// How far each conversation gets over each network: what trafficgen can speak, through the
// whole engine with the shipped rules, as a table. `conversations` beside this file runs it.
//
//   rows.txt     one conversation a line: a name, and what a scenario says of it
//   reasons.txt  why a cell is empty, or lower or another than the one of the plain network
//   table.tsv    what is expected; --check compares, --update writes it
//
// A speaker of mining or of a coin's network without a row is run as it is, and is a mistake;
// so is a lower cell without a reason, and a reason that no cell has.
#include "places.h"
#include "scanner/io/text_file.h"
#include "tests/support/engine_run.h"
#include "tools/trafficgen/generate.h"
#include "tools/trafficgen/talk.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

using namespace scanner;

namespace {

struct Column {
  std::string_view name;
  bool v6 = false;
  std::string_view network;  // keys of the scenario's network
};
constexpr std::array<Column, 8> kColumns{{{"IPv4", false, ""},
                                          {"IPv6", true, ""},
                                          {"VXLAN", false, "wraps: [vxlan]"},
                                          {"QinQ", false, "wraps: [qinq]"},
                                          {"one byte", false, "segments: byte"},
                                          {"mid-stream", false, "starts_late: 40s"},
                                          {"client only", false, "visible: client"},
                                          {"server only", false, "visible: server"}}};
constexpr std::array<std::string_view, 2> kClients{"192.0.2.10", "2001:db8::10"};
constexpr std::array<std::string_view, 2> kServers{"198.51.100.7", "2001:db8:1::7"};

struct Row {
  std::string name, speaker, says;
};
struct Cell {
  Stage stage = Stage::None;
  std::string text = "-";
};
struct Line {
  Row row;
  std::string activity = "-";
  std::array<Cell, kColumns.size()> cells;
};
struct Reason {
  std::string column, rows, text;
  bool used = false;
};
using Problems = std::vector<std::string>;

std::string trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t"), last = text.find_last_not_of(" \t");
  return first == std::string_view::npos ? "" : std::string(text.substr(first, last - first + 1));
}

// The fields of each line that is no comment; the last one may hold further bars.
std::vector<std::vector<std::string>> read_fields(const std::string& path, std::size_t count) {
  const auto text = read_text_file(path);
  if (!text) throw std::runtime_error(text.error().message);
  std::vector<std::vector<std::string>> lines;
  std::istringstream stream(*text);
  for (std::string line; std::getline(stream, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::vector<std::string> fields;
    for (std::string_view rest = line; fields.size() < count;) {
      const auto bar = fields.size() + 1 == count ? std::string_view::npos : rest.find('|');
      fields.push_back(trim(rest.substr(0, bar)));
      rest = bar == std::string_view::npos ? std::string_view() : rest.substr(bar + 1);
    }
    lines.push_back(std::move(fields));
  }
  return lines;
}

std::string speaker_in(const std::string& says) {
  constexpr std::string_view kKey = "speaks: ";
  const auto at = says.find(kKey);
  if (at == std::string::npos) return "";
  const auto begin = at + kKey.size();
  return trim(says.substr(begin, says.find(',', begin) - begin));
}

// The rows of the file, and a bare one for each speaker that has none.
std::vector<Row> read_rows(const std::string& path, Problems& problems) {
  std::vector<Row> rows;
  for (const auto& fields : read_fields(path, 2)) rows.push_back({fields[0], speaker_in(fields[1]), fields[1]});
  for (const trafficgen::Speaker& speaker : trafficgen::speakers()) {
    if ((speaker.groups & (trafficgen::kMiner | trafficgen::kPeer)) == 0) continue;
    const std::string name(speaker.name);
    if (std::any_of(rows.begin(), rows.end(), [&](const Row& row) { return row.speaker == name; })) continue;
    problems.push_back("speaker \"" + name + "\" has no row in " + path);
    rows.push_back({name, name, "speaks: " + name});
  }
  return rows;
}

test::EngineRun run(const Row& row, const Column& column) {
  const auto version = static_cast<std::size_t>(column.v6 ? 1 : 0);
  std::ostringstream text;
  text << "title: a cell\nconversations:\n  - {" << row.says << ", client: '" << kClients[version] << "', server: '"
       << kServers[version] << "', network: {" << column.network << "}}\n";
  Diagnostics diagnostics;
  const auto scenario = trafficgen::read_scenario(row.name, text.str(), diagnostics);
  if (!scenario) {
    std::string said = "row \"" + row.name + "\" is no conversation:\n";
    for (const Diagnostic& diagnostic : diagnostics) said += to_text(diagnostic);
    throw std::runtime_error(said);
  }
  const auto packets = trafficgen::generate(*scenario);
  return test::run_packets(trafficgen::views(packets));
}

// The highest incident. The activity is told where it is not the row's, and the subject where
// it is not the miner.
Cell cell_of(const test::EngineRun& run, const Column& column, bool mining, std::string& activity) {
  Cell cell;
  const BreachEvent* highest = nullptr;
  for (const BreachEvent* event : run.book.incidents())
    if (highest == nullptr || event->stage > highest->stage) highest = event;
  if (highest == nullptr) return cell;
  if (activity == "-") activity = highest->activity;
  cell.stage = highest->stage;
  cell.text = std::string(to_string(highest->stage));
  if (highest->activity != activity) cell.text += " of " + highest->activity;
  const std::string client = "ip:" + std::string(kClients[column.v6 ? 1 : 0]);
  if (mining && highest->subject.id != client) cell.text += " by " + highest->subject.id;
  return cell;
}

Line line_of(const Row& row) {
  Line line{row, "-", {}};
  const trafficgen::Speaker* speaker = trafficgen::find_speaker(row.speaker);
  const bool mining = speaker != nullptr && (speaker->groups & trafficgen::kMiner) != 0;
  for (std::size_t i = 0; i < kColumns.size(); ++i)
    line.cells[i] = cell_of(run(row, kColumns[i]), kColumns[i], mining, line.activity);
  return line;
}

bool covers(const Reason& reason, const Row& row, std::string_view column) {
  if (reason.column != "*" && reason.column != column) return false;
  std::istringstream names(reason.rows);
  for (std::string name; names >> name;)
    if (name == "*" || name == row.name) return true;
  return false;
}

// The number of the reason that a cell has, 0 where it needs none: as high as the plain
// network's, of the same activity and by the miner.
std::size_t reason_of(const Line& line, std::size_t column, std::vector<Reason>& reasons, Problems& problems) {
  const Cell& cell = line.cells[column];
  const bool as_plain = cell.stage >= line.cells[0].stage && cell.text == to_string(cell.stage);
  if (cell.stage != Stage::None && as_plain) return 0;
  for (std::size_t i = 0; i < reasons.size(); ++i)
    if (covers(reasons[i], line.row, kColumns[column].name)) {
      reasons[i].used = true;
      return i + 1;
    }
  problems.push_back(line.row.name + ", " + std::string(kColumns[column].name) + ": " + cell.text +
                     ", and no reason says why");
  return 0;
}

// The table as text, with the number of its reason beside each cell that has one.
std::vector<std::vector<std::string>> as_text(const std::vector<Line>& lines, std::vector<Reason>& reasons,
                                              Problems& problems) {
  std::vector<std::vector<std::string>> table{{"conversation", "activity"}};
  for (const Column& column : kColumns) table.front().emplace_back(column.name);
  for (const Line& line : lines) {
    std::vector<std::string> texts{line.row.name, line.activity};
    for (std::size_t i = 0; i < kColumns.size(); ++i) {
      const std::size_t number = reason_of(line, i, reasons, problems);
      texts.push_back(line.cells[i].text + (number == 0 ? "" : " [" + std::to_string(number) + "]"));
    }
    table.push_back(std::move(texts));
  }
  return table;
}

void print(const std::vector<Line>& lines, std::vector<Reason>& reasons, Problems& problems) {
  const auto table = as_text(lines, reasons, problems);
  for (const auto& texts : table) {
    for (std::size_t i = 0; i < texts.size(); ++i) {
      std::size_t width = 0;
      for (const auto& other : table) width = std::max(width, other[i].size());
      std::cout << std::left << std::setw(static_cast<int>(width) + 2) << texts[i];
    }
    std::cout << "\n";
  }
  std::cout << "\n";
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    std::cout << "[" << i + 1 << "] " << reasons[i].column << ": " << reasons[i].text << "\n";
    if (!reasons[i].used) problems.push_back("reason " + std::to_string(i + 1) + " is no cell's any more");
  }
}

std::map<std::string, std::string> as_table(const std::vector<Line>& lines) {
  std::map<std::string, std::string> table;
  for (const Line& line : lines) {
    table[line.row.name + "\tactivity"] = line.activity;
    for (std::size_t i = 0; i < kColumns.size(); ++i)
      table[line.row.name + "\t" + std::string(kColumns[i].name)] = line.cells[i].text;
  }
  return table;
}

void compare(const std::string& path, const std::vector<Line>& lines, Problems& problems) {
  std::map<std::string, std::string> expected, found = as_table(lines);
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const auto tab = line.rfind('\t');
    if (tab != std::string::npos) expected[line.substr(0, tab)] = line.substr(tab + 1);
  }
  for (const auto& [place, text] : found)
    if (expected.find(place) == expected.end() || expected[place] != text)
      problems.push_back(place + ": " + text + ", where " + path + " has " +
                         (expected.find(place) == expected.end() ? "nothing" : expected[place]));
  for (const auto& [place, text] : expected)
    if (found.find(place) == found.end()) problems.push_back(place + ": is in " + path + " only");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Prints how far each conversation gets over each network."};
  std::string folder = AUPSCAN_SOURCE_DIR "/tests/golden/conversations";
  bool check = false, update = false;
  app.add_option("--data", folder, "with rows.txt, reasons.txt and table.tsv");
  app.add_flag("--check", check, "fail where a cell is not as in table.tsv");
  app.add_flag("--update", update, "write table.tsv");
  CLI11_PARSE(app, argc, argv);
  try {
    Problems problems;
    std::vector<Line> lines;
    for (const Row& row : read_rows(folder + "/rows.txt", problems)) lines.push_back(line_of(row));
    std::vector<Reason> reasons;
    for (const auto& fields : read_fields(folder + "/reasons.txt", 3))
      reasons.push_back({fields[0], fields[1], fields[2], false});
    print(lines, reasons, problems);
    if (check) compare(folder + "/table.tsv", lines, problems);
    if (update) {
      std::ofstream file(folder + "/table.tsv");
      for (const auto& [place, text] : as_table(lines)) file << place << "\t" << text << "\n";
    }
    for (const std::string& problem : problems) std::cerr << "conversations: " << problem << "\n";
    return problems.empty() ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "conversations: " << error.what() << "\n";
    return 1;
  }
}

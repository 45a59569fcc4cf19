// What is said of each kind of mistake: a file for each, named by what is wrong with it, and
// beside it what is told. AUPSCAN_UPDATE_GOLDEN=1 writes the .txt files anew, to be read before
// they are committed: the message is the interface.
#include "scanner/signature/dataset.h"
#include "scanner/signature/dialect.h"
#include "tests/support/pack_sections.h"
#include "tools/aupsig/lint_pack.h"
#include "tools/aupsig/lint_rules.h"
#include "places.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>

using namespace scanner;
namespace fs = std::filesystem;

namespace {

const fs::path kGolden = AUPSCAN_SOURCE_DIR "/tests/golden";

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string text_of(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& d : diagnostics) text += to_text(d);
  return text;
}

std::string told_of_pack(const fs::path& path) {
  const test::PackSections pack = test::split_pack(content_of(path));
  const auto result = lint_pack({pack.files, pack.baseline, "2026-11-30", pack.exceptions});
  REQUIRE(result);
  std::string text = text_of(result->problems);
  for (const Suppressed& one : result->suppressed) text += "allowed " + one.diagnostic.code + " at " + one.diagnostic.at.file + ":" + std::to_string(one.diagnostic.at.line) + ": " + one.reason + "\n";
  return text;
}

// Files of a folder with this ending, each held against its golden text. Those whose names
// have "clean" or "valid" in them, and no others, have none.
std::size_t check_folder(const std::string& folder, const std::string& ending, const std::function<std::string(const fs::path&)>& told_of) {
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(kGolden / folder)) {
    if (entry.path().extension() != ending) continue;
    ++files;
    INFO(entry.path());
    const std::string told = told_of(entry.path());
    const fs::path golden = fs::path(entry.path()).replace_extension(".txt");
    if (std::getenv("AUPSCAN_UPDATE_GOLDEN") != nullptr) std::ofstream(golden, std::ios::binary) << told;
    CHECK(told == content_of(golden));
    const std::string name = entry.path().stem().string();
    CHECK(told.empty() == (name.find("clean") != std::string::npos || name.find("valid") != std::string::npos || name == "allow-inside-a-text"));
  }
  return files;
}

}  // namespace

TEST_CASE("a mistake in a dialect is told with its place, its line and a hint", "[aupsig][lint][golden]") {
  CHECK(check_folder("dialect", ".yaml", [](const fs::path& path) {
          std::vector<Dialect> dialects;
          Diagnostics diagnostics;
          load_dialect(path.filename().string(), content_of(path), dialects, diagnostics);
          CHECK(dialects.empty() == has_errors(diagnostics));
          return text_of(diagnostics);
        }) >= 13);
}

TEST_CASE("a mistake in a data set is told with its place, its line and a hint", "[aupsig][lint][golden]") {
  CHECK(check_folder("dataset", ".tsv", [](const fs::path& path) {
          Datasets datasets;
          Diagnostics diagnostics;
          load_dataset(path.filename().string(), content_of(path), datasets, diagnostics);
          return text_of(diagnostics);
        }) >= 17);
}

TEST_CASE("what is doubtful in a pack is told with its place, its line and a hint", "[aupsig][lint][golden]") {
  CHECK(check_folder("lint", ".pack", told_of_pack) >= 40);
}

TEST_CASE("at least 60 kinds of mistakes have a file that shows what is told of them", "[aupsig][lint][golden]") {
  std::size_t named = 0;
  std::set<std::string> ids;
  for (const auto& entry : fs::recursive_directory_iterator(kGolden)) {
    const std::string folder = entry.path().parent_path().filename().string();
    if (entry.path().extension() != ".txt" || (folder != "signature" && folder != "dialect" && folder != "dataset" && folder != "lint")) continue;
    const std::string told = content_of(entry.path());
    if (!told.empty()) ++named;
    for (std::size_t at = told.find("["); at != std::string::npos; at = told.find("[", at + 1))
      if (told.substr(at).find(']') == 5) ids.insert(told.substr(at + 1, 4));
  }
  CHECK(named >= 60);
  // Every id that lint knows is shown by some file, but those that need a file too large to keep.
  for (const LintRule& rule : lint_rules()) {
    INFO(rule.id);
    CHECK((ids.contains(std::string(rule.id)) || rule.id == "E002" || rule.id == "E109" || rule.id == "X109"));
  }
}

TEST_CASE("every id that lint knows is described in the documentation, and no other", "[aupsig][lint]") {
  const std::string document = content_of(AUPSCAN_SOURCE_DIR "/scanner/docs/diagnostics.md");
  for (const LintRule& rule : lint_rules()) {
    INFO(rule.id);
    CHECK(document.find("| " + std::string(rule.id) + " |") != std::string::npos);
  }
  for (std::size_t at = document.find("| W2"); at != std::string::npos; at = document.find("| W2", at + 1)) {
    INFO(document.substr(at, 40));
    CHECK(find_lint_rule(document.substr(at + 2, 4)) != nullptr);
  }
}

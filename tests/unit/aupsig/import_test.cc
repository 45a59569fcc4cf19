#include "tools/aupsig/import.h"

#include "places.h"
#include "scanner/io/rule_files.h"
#include "scanner/io/text_file.h"
#include "tests/support/temp_directory.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <iostream>
#include <sstream>

using namespace scanner;

namespace {

// What a command says on standard output.
class Said {
 public:
  Said() : before_(std::cout.rdbuf(text_.rdbuf())) {}
  ~Said() { std::cout.rdbuf(before_); }
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::streambuf* before_;
};

RuleImportOptions options_for(const std::string& format, const std::string& file, const std::string& output) {
  RuleImportOptions options;
  options.format = format;
  options.files = {file};
  options.output = output;
  return options;
}

const std::string kRules = AUPSCAN_SOURCE_DIR "/tests/golden/import/mining.rules";

}  // namespace

TEST_CASE("imported rules make a directory that loads as a pack, and are not written over unasked", "[aupsig][import]") {
  const test::TempDirectory directory;
  const std::string pack = directory.file("pack");
  const Said said;
  CHECK(import_rules(options_for("suricata", kRules, pack)) == ExitCode::Partial);
  CHECK(import_rules(options_for("sigma", AUPSCAN_SOURCE_DIR "/tests/golden/import/mining.yml", pack)) == ExitCode::Partial);
  Diagnostics diagnostics;
  const auto rules = load_rules(pack, diagnostics);
  REQUIRE(rules);
  CHECK(diagnostics.empty());
  CHECK((*rules)->signatures().size() >= 28);
  CHECK(std::filesystem::exists(pack + "/mining.pool/suricata-9000001.yaml"));
  CHECK(import_rules(options_for("suricata", kRules, pack)) == ExitCode::Usage);
  RuleImportOptions forced = options_for("suricata", kRules, pack);
  forced.force = true;
  CHECK(import_rules(forced) == ExitCode::Partial);
}

TEST_CASE("a dry run reports and writes nothing; a report for programs is one JSON document", "[aupsig][import]") {
  const test::TempDirectory directory;
  RuleImportOptions options = options_for("suricata", kRules, directory.file("pack"));
  options.dry_run = true;
  options.json = true;
  std::string text;
  {
    const Said said;
    CHECK(import_rules(options) == ExitCode::Partial);
    text = said.text();
  }
  CHECK_FALSE(std::filesystem::exists(directory.file("pack")));
  CHECK(text.find("\"outcome\": \"refused\"") != std::string::npos);
  CHECK(text.find("\"option\": \"flowbits\"") != std::string::npos);
}

TEST_CASE("an import of nothing, into nowhere or for no known activity is a usage error", "[aupsig][import]") {
  const test::TempDirectory directory;
  const Said said;
  CHECK(import_rules(options_for("suricata", "no/such/file", directory.file("a"))) == ExitCode::Usage);
  CHECK(import_rules(options_for("suricata", kRules, "")) == ExitCode::Usage);
  RuleImportOptions options = options_for("suricata", kRules, directory.file("a"));
  options.settings.activity = "mining.everything";
  CHECK(import_rules(options) == ExitCode::Usage);
}

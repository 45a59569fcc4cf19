#include "scanner/signature/load.h"
#include "places.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace scanner;
namespace fs = std::filesystem;

namespace {

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string diagnostics_of(const fs::path& path) {
  std::vector<Signature> signatures;
  Diagnostics diagnostics;
  load_signature(path.filename().string(), content_of(path), signatures, diagnostics);
  std::string text;
  for (const Diagnostic& d : diagnostics) text += to_text(d);
  REQUIRE(signatures.empty() == has_errors(diagnostics));
  return text;
}

}  // namespace

// Each file is named by what is wrong with it. AUPSCAN_UPDATE_GOLDEN=1 writes the .txt files
// anew, to be read before they are committed: the message is the interface.
TEST_CASE("a mistake in a signature is told with its place, its line and a hint", "[signature]") {
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(AUPSCAN_SOURCE_DIR "/tests/golden/signature")) {
    if (entry.path().extension() != ".yaml") continue;
    ++files;
    INFO(entry.path());
    const std::string told = diagnostics_of(entry.path());
    const fs::path golden = fs::path(entry.path()).replace_extension(".txt");
    if (std::getenv("AUPSCAN_UPDATE_GOLDEN")) std::ofstream(golden, std::ios::binary) << told;
    CHECK(told == content_of(golden));
    CHECK(told.empty() == (entry.path().stem() == "valid"));
  }
  REQUIRE(files >= 20);
}

TEST_CASE("a signature is read with all that it says", "[signature]") {
  std::vector<Signature> signatures;
  Diagnostics diagnostics;
  load_signature("valid.yaml", content_of(AUPSCAN_SOURCE_DIR "/tests/golden/signature/valid.yaml"), signatures, diagnostics);
  REQUIRE(signatures.size() == 1);
  const Signature& s = signatures[0];
  CHECK(s.id == "mining.pool.example");
  CHECK(s.title == "An example");
  CHECK(s.activity == "mining.pool");
  CHECK(s.field == Field::StreamClient);
  CHECK(s.stage == Stage::Contact);
  CHECK(s.weight == 0.5);
  CHECK(s.status == SignatureStatus::Active);
  CHECK(s.owner == "signatures");
  CHECK(s.revision == 1);
  REQUIRE(s.patterns.size() == 2);
  CHECK(s.patterns[0].nocase);
  CHECK_FALSE(s.patterns[0].literal);
  CHECK(s.patterns[0].line == 11);
  CHECK(s.patterns[1].literal);
  CHECK(s.patterns[1].expression == "xmrig");
  CHECK(s.condition.holds(0b11, 0));
  CHECK_FALSE(s.condition.holds(0b01, 0));
  CHECK(s.references == std::vector<std::string>{"https://example.org/facts"});
  CHECK(s.attack == std::vector<std::string>{"T1496.001"});
  CHECK(s.known_false_positives == std::vector<std::string>{"none seen"});
  CHECK(s.match.size() == 1);
  CHECK(s.no_match.size() == 1);
  CHECK(s.file == "valid.yaml");
}

TEST_CASE("without a condition any of the patterns is enough", "[signature]") {
  std::string text = content_of(AUPSCAN_SOURCE_DIR "/tests/golden/signature/valid.yaml");
  const std::string line = "condition: method and agent\n";
  text.erase(text.find(line), line.size());
  std::vector<Signature> signatures;
  Diagnostics diagnostics;
  load_signature("a.yaml", text, signatures, diagnostics);
  REQUIRE(signatures.size() == 1);
  REQUIRE(signatures[0].condition.holds(0b10, 0));
}

TEST_CASE("fields and statuses have names that lead back to them", "[signature]") {
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    const auto field = static_cast<Field>(i);
    REQUIRE(field_from(to_string(field)) == field);
  }
  REQUIRE_FALSE(field_from("stream"));
  REQUIRE(to_string(SignatureStatus::Shadow) == "shadow");
}

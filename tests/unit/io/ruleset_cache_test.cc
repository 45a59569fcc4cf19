#include "scanner/io/rule_files.h"
#include "scanner/io/ruleset_cache.h"

#include "places.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace scanner;
namespace fs = std::filesystem;

namespace {

std::shared_ptr<const Ruleset> ruleset(const std::string& pattern) {
  Signature s;
  s.id = "a";
  s.field = Field::HttpPath;
  s.status = SignatureStatus::Active;
  s.patterns = {{"p", pattern}};
  ConditionError error;
  s.condition = Condition::parse("p", {"p"}, error).value();
  Diagnostics diagnostics;
  return Ruleset::make({s}, {}, {}, diagnostics);
}

// A directory of the test's own, removed at its end.
struct TemporaryDirectory {
  TemporaryDirectory() {
    std::string name = (fs::temp_directory_path() / "aupscan-cache-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~TemporaryDirectory() { fs::remove_all(path); }
  std::string path;
};

}  // namespace

TEST_CASE("the second start takes the compiled signatures from the cache", "[io]") {
  const TemporaryDirectory temporary;
  const std::string directory = temporary.path + "/new/cache";
  const auto rules = ruleset("login");
  const auto first = compile_rules(rules, directory);
  REQUIRE(first);
  REQUIRE_FALSE(first->from_cache);
  REQUIRE(first->note.empty());
  const auto second = compile_rules(rules, directory);
  REQUIRE(second);
  REQUIRE(second->from_cache);
  REQUIRE(second->matcher->wants(Field::HttpPath));

  struct stat info {};
  REQUIRE(::stat(cache_file_of(*rules, directory).c_str(), &info) == 0);
  REQUIRE((info.st_mode & 0777) == 0600);
}

TEST_CASE("a damaged, foreign or opened cache file is passed over and made anew", "[io]") {
  const TemporaryDirectory temporary;
  const auto rules = ruleset("login");
  REQUIRE(compile_rules(rules, temporary.path));
  const std::string file = cache_file_of(*rules, temporary.path);
  SECTION("damaged") {
    std::fstream(file, std::ios::in | std::ios::out).seekp(200).put('!');
  }
  SECTION("cut short") { fs::resize_file(file, fs::file_size(file) / 2); }
  SECTION("empty") { fs::resize_file(file, 0); }
  SECTION("another ruleset's") {
    const auto other = ruleset("other");
    REQUIRE(compile_rules(other, temporary.path));
    fs::rename(cache_file_of(*other, temporary.path), file);
  }
  SECTION("open to others") { REQUIRE(::chmod(file.c_str(), 0644) == 0); }
  SECTION("a link") {
    fs::rename(file, file + ".real");
    fs::create_symlink(file + ".real", file);
  }
  const auto again = compile_rules(rules, temporary.path);
  REQUIRE(again);
  REQUIRE_FALSE(again->from_cache);
  REQUIRE_FALSE(again->note.empty());
  const auto then = compile_rules(rules, temporary.path);
  REQUIRE(then);
  REQUIRE(then->from_cache);
}

TEST_CASE("without a place for the cache the signatures are compiled all the same", "[io]") {
  const auto rules = ruleset("login");
  REQUIRE(compile_rules(rules, "")->note.empty());
  const auto compiled = compile_rules(rules, "/proc/nowhere/cache");
  REQUIRE(compiled);
  REQUIRE_FALSE(compiled->note.empty());
}

TEST_CASE("the cache keeps four rulesets", "[io]") {
  const TemporaryDirectory temporary;
  for (int i = 0; i < 7; ++i) REQUIRE(compile_rules(ruleset("pattern" + std::to_string(i)), temporary.path));
  REQUIRE(std::distance(fs::directory_iterator(temporary.path), fs::directory_iterator()) == 4);
}

TEST_CASE("patterns that were checked before they were cached are not checked again, and all others are", "[io]") {
  const TemporaryDirectory temporary;
  const std::string pack = temporary.path + "/pack", cache = temporary.path + "/cache";
  fs::create_directories(pack + "/mining.pool");
  fs::create_directories(cache);
  std::ifstream valid(AUPSCAN_SOURCE_DIR "/tests/golden/signature/regex-refused.yaml");
  std::ofstream(pack + "/mining.pool/a.yaml") << valid.rdbuf();

  const auto refused = [&](const std::string& known) {
    Diagnostics diagnostics;
    const auto rules = load_rules_known_to(known, pack, diagnostics);
    return !rules && !diagnostics.empty() && diagnostics.front().code == "E104";
  };
  CHECK(refused(""));
  CHECK(refused(cache));

  Diagnostics diagnostics;
  const auto unchecked = load_rules_from(read_pack_source(pack)->files, diagnostics, PatternCheck::Later);
  REQUIRE(unchecked);
  std::ofstream(cache_file_of(**unchecked, cache)) << "as if it had been compiled";
  CHECK_FALSE(refused(cache));
  std::ofstream(pack + "/mining.pool/a.yaml", std::ios::app) << "# a comment means nothing\n";
  CHECK_FALSE(refused(cache));
  // Another expression, another pack.
  std::ifstream other(AUPSCAN_SOURCE_DIR "/tests/golden/signature/regex-back-reference.yaml");
  std::ofstream(pack + "/mining.pool/a.yaml") << other.rdbuf();
  CHECK(refused(cache));
}

// The signatures and data sets that the project ships.
#include "scanner/io/rule_files.h"
#include "scanner/signature/examples.h"
#include "scanner/signature/naive_matcher.h"
#include "places.h"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace scanner;

namespace {

const std::string kDirectory = AUPSCAN_SOURCE_DIR "/signatures";

std::shared_ptr<const Ruleset> shipped() {
  static const std::shared_ptr<const Ruleset> ruleset = [] {
    Diagnostics diagnostics;
    auto loaded = load_rules(kDirectory, diagnostics);
    for (const Diagnostic& d : diagnostics) UNSCOPED_INFO(to_text(d));
    REQUIRE(loaded);
    REQUIRE(diagnostics.empty());
    return *loaded;
  }();
  return ruleset;
}

std::string text_of(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& d : diagnostics) text += to_text(d);
  return text;
}

}  // namespace

TEST_CASE("every example of every shipped signature is judged as it says", "[signature]") {
  const auto ruleset = shipped();
  REQUIRE(ruleset->signatures().size() >= 20);
  const auto hyperscan = make_hyperscan_matcher(ruleset);
  if (!hyperscan) FAIL(hyperscan.error().message);
  REQUIRE(text_of(check_examples(**hyperscan)) == "");
  const auto naive = make_naive_matcher(ruleset);
  REQUIRE(naive);
  REQUIRE(text_of(check_examples(*naive)) == "");
}

TEST_CASE("a shipped signature lies in the folder of its activity, in a file of its name", "[signature]") {
  for (const Signature& signature : shipped()->signatures()) {
    const std::filesystem::path path = signature.file;
    INFO(signature.file);
    const std::string folder = path.parent_path().filename().string();
    CHECK(folder == signature.activity);
    CHECK(signature.id == folder + "." + path.stem().string());
    CHECK(signature.weight <= 0.7);
    CHECK_FALSE(signature.known_false_positives.empty());
    CHECK(signature.no_match.size() >= 2);
  }
}

TEST_CASE("the shipped pools are found as their lists have them", "[signature]") {
  const Datasets& datasets = shipped()->datasets();
  std::size_t entries = 0;
  for (const HostSet& set : datasets.host_sets()) entries += set.entries().size();
  REQUIRE(entries > 2500);
  const auto strong = datasets.find_host("xmr.suprnova.cc");
  REQUIRE(strong);
  REQUIRE(strong->strength == ListStrength::Listed);
  REQUIRE(strong->entry->coin() == "XMR");
  REQUIRE(datasets.find_host("zec-eu.suprnova.cc")->strength == ListStrength::Listed);
  REQUIRE(datasets.find_host("www.f2pool.com")->entry->popular);
  REQUIRE(datasets.find_host("kucoin.com")->strength == ListStrength::None);
  REQUIRE_FALSE(datasets.find_host("someone.mooo.com"));
  for (const char* name : {"example.com", "com", "github.com", "s3.amazonaws.com", "www.google.com", "pool.ntp.org", "debian.org"})
    CHECK_FALSE(datasets.find_host(name));
  REQUIRE(datasets.ports("pool-ports")->contains(3333));
  for (const auto& [text, family] : {std::pair("XMRig/6.21.0 (Linux x86_64)", "XMRig"), std::pair("cgminer/3.7.2", "cgminer"), std::pair("bfgminer/5.2.0", "BFGMiner"),
                                     std::pair("GMiner/2.09", "GMiner"), std::pair("NiceHash/1.0.0", "NiceHash service")}) {
    const auto agent = datasets.find_agent(text);
    REQUIRE(agent);
    CHECK(agent->entry->family == family);
    CHECK_FALSE(agent->version.empty());
  }
  const auto unknown = datasets.find_host("newcoin-eu7.nanopool.org");
  REQUIRE(unknown);
  CHECK(unknown->by_template);
  CHECK_FALSE(unknown->entry->popular);
  for (const char* name : {"www.nanopool.org", "api.nanopool.org", "nanopool.org", "xyz.2miners.com", "www.2miners.com"}) {
    INFO(name);
    CHECK(datasets.find_host(name)->entry->popular);
  }
}

#include "tools/aupsig/pack_change.h"

#include "scanner/io/rule_files.h"
#include "tests/unit/aupsig/pack_copy.h"

#include <catch2/catch.hpp>

using namespace scanner;
using test::PackCopy;

namespace {

std::shared_ptr<const Ruleset> rules(const std::string& directory) {
  Diagnostics diagnostics;
  const auto ruleset = load_rules(directory, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) UNSCOPED_INFO(to_text(diagnostic));
  REQUIRE(ruleset);
  return *ruleset;
}

}  // namespace

TEST_CASE("two copies of a pack do not differ", "[aupsig][diff]") {
  const PackCopy original, copy;
  const auto before = rules(original.path()), after = rules(copy.path());
  CHECK(compare_packs(*before, *after).empty());
}

TEST_CASE("a signature that is added, removed or revised is told with what changed in it", "[aupsig][diff]") {
  const PackCopy original, copy;
  copy.remove("mining.pool/p2pool-options.yaml");
  copy.replace("mining.pool/pool-like-name.yaml", "weight: 0.15", "weight: 0.2");
  copy.replace("mining.pool/stratum2-setup.yaml", "revision: 1", "revision: 2");
  copy.replace("mining.pool/stratum2-setup.yaml", "status: experimental", "status: active");
  const auto before = rules(original.path()), after = rules(copy.path());
  const PackChange there = compare_packs(*before, *after), back = compare_packs(*after, *before);
  REQUIRE(there.signatures.size() == 3);
  CHECK(there.others.empty());
  CHECK(there.signatures[0].id == "mining.pool.p2pool-options");
  CHECK(there.signatures[0].change == PartChange::Removed);
  CHECK(back.signatures[0].change == PartChange::Added);
  CHECK(there.signatures[1].keys == std::vector<std::string>{"weight"});
  CHECK(there.signatures[1].same_revision);
  CHECK(there.signatures[2].keys == std::vector<std::string>{"status experimental → active"});
  CHECK_FALSE(there.signatures[2].same_revision);
}

TEST_CASE("entries of data sets are counted, and dialects told by name", "[aupsig][diff]") {
  const PackCopy original, copy;
  std::ofstream(copy.path() + "/datasets/stratum2-ports.tsv", std::ios::app) << "9\t1\n";
  copy.replace("dialects/kaspa.yaml", "revision: ", "revision: 9");
  const auto before = rules(original.path()), after = rules(copy.path());
  const PackChange change = compare_packs(*before, *after);
  CHECK(change.signatures.empty());
  REQUIRE(change.others.size() == 2);
  CHECK(change.others[0].what == "dialect");
  CHECK(change.others[0].name == "kaspa");
  CHECK(change.others[1].name == "stratum2-ports");
  CHECK(change.others[1].detail == "1 entry added");
}

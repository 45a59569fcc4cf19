#include "tools/aupsig/export.h"

#include "imported_pack.h"
#include "places.h"
#include "scanner/io/rule_files.h"
#include "tools/aupsig/translate/condition_tree.h"
#include "tools/aupsig/translate/rule_export.h"
#include "tools/aupsig/translate/sigma_import.h"
#include "tools/aupsig/translate/suricata_import.h"

#include <catch2/catch.hpp>

using namespace scanner;
using test::ImportedPack;

namespace {

std::shared_ptr<const Ruleset> shipped_pack() {
  Diagnostics diagnostics;
  auto rules = load_rules(AUPSCAN_SOURCE_DIR "/signatures", diagnostics);
  REQUIRE(rules);
  return *rules;
}

// Does what came back say of every example what the original says of it?
void check_examples_of(const Signature& original, const std::vector<ImportedFile>& files) {
  INFO(original.id);
  REQUIRE_FALSE(files.empty());
  const ImportedPack pack(files);
  const auto holds = [&](const SignatureExample& example) {
    return std::ranges::any_of(files, [&](const ImportedFile& file) {
      const std::string id = file.path.substr(0, file.path.find('/')) + "." + file.path.substr(file.path.find('/') + 1, file.path.size() - file.path.find('/') - 6);
      return pack.holds(id, example.text, example.port);
    });
  };
  for (const SignatureExample& example : original.match) {
    INFO("must match: " << example.text);
    CHECK(holds(example));
  }
  for (const SignatureExample& example : original.no_match) {
    INFO("must not match: " << example.text);
    CHECK_FALSE(holds(example));
  }
}

}  // namespace

TEST_CASE("a signature that goes to Suricata and comes back says the same of its examples", "[aupsig][export][suricata]") {
  const auto rules = shipped_pack();
  std::size_t exported = 0;
  for (const Signature& signature : rules->signatures()) {
    Translation there;
    std::uint32_t sid = 1;
    const std::string text = suricata_rules_text(signature, rules->datasets(), sid, there);
    if (there.refused()) {
      CHECK(text.empty());
      continue;
    }
    ++exported;
    ImportSettings settings;
    settings.activity = signature.activity;
    TranslationReport report;
    std::vector<ImportedFile> files;
    import_suricata("t.rules", text, settings, report, files);
    INFO(text << report_text(report));
    CHECK(report.count(TranslationOutcome::Refused) == 0);
    CHECK(report.rules.size() == sid - 1);
    check_examples_of(signature, files);
  }
  CHECK(exported >= 12);
}

TEST_CASE("a signature that goes to Sigma and comes back says the same of its examples", "[aupsig][export][sigma]") {
  const auto rules = shipped_pack();
  std::size_t exported = 0;
  for (const Signature& signature : rules->signatures()) {
    Translation there;
    const std::string text = sigma_rule_text(signature, rules->datasets(), there);
    if (there.refused()) {
      CHECK(text.empty());
      continue;
    }
    ++exported;
    ImportSettings settings;
    settings.activity = signature.activity;
    TranslationReport report;
    std::vector<ImportedFile> files;
    import_sigma("t.yml", text, settings, report, files);
    INFO(text << report_text(report));
    CHECK(report.count(TranslationOutcome::Refused) == 0);
    check_examples_of(signature, files);
  }
  CHECK(exported >= 18);
}

TEST_CASE("what another program cannot say is told with its reason", "[aupsig][export]") {
  const auto rules = shipped_pack();
  const auto why = [&](std::string_view id, bool sigma) {
    const Signature* signature = rules->find(id);
    REQUIRE(signature);
    Translation out;
    std::uint32_t sid = 1;
    const std::string text = sigma ? sigma_rule_text(*signature, rules->datasets(), out) : suricata_rules_text(*signature, rules->datasets(), sid, out);
    CHECK(text.empty());
    REQUIRE(out.refused());
    return out.notes.front().why;
  };
  CHECK(why("mining.pool.stratum-opening", true) == "Sigma's log sources have no field like stream.client");
  CHECK(why("mining.software.xmrig-options", false) == "Suricata has no buffer like process.cmdline");
}

TEST_CASE("a condition is spelled out: counts, names with stars, sets of ports", "[aupsig][export]") {
  Signature signature;
  signature.patterns.resize(4);
  const char* names[] = {"a", "b", "opt_x", "opt_y"};
  for (std::size_t i = 0; i < 4; ++i) signature.patterns[i].name = names[i];
  Datasets datasets;
  Diagnostics diagnostics;
  load_dataset("p.tsv", "#! name: pool-ports\n#! kind: ports\n#! date: 2026-01-01\n#! licence: x\nport\thosts\n3333\t9\n4444\t5\n", datasets, diagnostics);
  REQUIRE(diagnostics.empty());
  std::string problem;
  const std::vector<std::string> pattern_names(std::begin(names), std::end(names));
  for (const std::string text : {"a and b", "a or b and not opt_x", "2 of (a, b, opt_*)", "any of them and port in pool-ports", "(a or opt_*) and not (b or port in (22, 80))", "all of (opt_*) or not a and b"}) {
    signature.condition_text = text;
    ConditionError error;
    const auto condition = Condition::parse(text, pattern_names, error);
    REQUIRE(condition);
    const auto tree = condition_tree(signature, datasets, problem);
    REQUIRE(tree);
    const auto ways = alternatives_of(*tree, 64);
    REQUIRE(ways);
    for (std::uint64_t seen = 0; seen < 16; ++seen)
      for (const std::uint16_t port : {std::uint16_t{22}, std::uint16_t{3333}, std::uint16_t{9999}}) {
        std::uint32_t facts = 0;
        for (std::size_t f = 0; f < condition->facts().size(); ++f) {
          const PortFact& fact = condition->facts()[f];
          const bool in = fact.set.empty() ? std::ranges::find(fact.ports, port) != fact.ports.end() : datasets.ports(fact.set)->contains(port);
          facts |= in ? 1U << f : 0U;
        }
        INFO(text << " with " << seen << " on " << port);
        const bool wanted = condition->holds(seen, facts);
        CHECK(term_holds(*tree, seen, port) == wanted);
        CHECK(std::ranges::any_of(*ways, [&](const auto& way) { return std::ranges::all_of(way, [&](const Term& leaf) { return term_holds(leaf, seen, port); }); }) == wanted);
      }
  }
}

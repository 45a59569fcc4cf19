#include "scanner/policy/declaration.h"

#include "scanner/policy/verdict.h"
#include "places.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>

using namespace scanner;

namespace {

std::string shipped_text() {
  std::ifstream file(std::string(AUPSCAN_SOURCE_DIR) + "/config/declaration.yaml");
  return {std::istreambuf_iterator<char>(file), {}};
}

const char* const kTwoEditions = R"(editions:
  - version: "2"
    effective_from: "2021-01-01T00:00:00Z"
    activities:
      - {activity: mining.pool, item: "b", clause: "9.1", basis: breach, description: {zh: x, en: y}, breach_from: proof, severity: {proof: high}, measures: [restrict]}
  - version: "1"
    effective_from: "2020-01-01T00:00:00Z"
    activities:
      - {activity: mining.pool, item: "a", clause: "9.1", basis: breach, description: {zh: x, en: y}, breach_from: session, severity: {contact: low, session: high}, measures: [restrict, end]}
)";

}  // namespace

TEST_CASE("the shipped declaration loads and lists every known activity once", "[policy]") {
  Diagnostics diagnostics;
  const auto declaration = load_declaration("declaration.yaml", shipped_text(), diagnostics);
  for (const auto& d : diagnostics) UNSCOPED_INFO(to_text(d));
  REQUIRE(declaration);
  const auto* edition = declaration->in_force(Timestamp{0});
  REQUIRE(edition != nullptr);
  for (const std::string& activity : known_activities()) CHECK(edition->find(activity) != nullptr);
  CHECK(edition->activities.size() == known_activities().size());
}

TEST_CASE("the edition in force at the event's time decides", "[policy]") {
  Diagnostics diagnostics;
  const auto declaration = load_declaration("d.yaml", kTwoEditions, diagnostics);
  REQUIRE(declaration);
  CHECK_FALSE(decide(*declaration, "mining.pool", Stage::Proof, *parse_rfc3339("2019-12-31T23:59:59Z")));
  const auto first = decide(*declaration, "mining.pool", Stage::Session, *parse_rfc3339("2020-06-01T00:00:00Z"));
  REQUIRE(first);
  CHECK(first->type == EventType::Breach);
  CHECK(first->item == "a");
  CHECK(first->severity == "high");
  CHECK(first->proposal.measures == std::vector<std::string>{"(1) restrict or suspend", "(2) end the service"});
  const auto second = decide(*declaration, "mining.pool", Stage::Session, *parse_rfc3339("2021-06-01T00:00:00Z"));
  REQUIRE(second);
  CHECK(second->type == EventType::Indicator);
  CHECK(second->proposal.measures.empty());
}

TEST_CASE("what the declaration does not forbid gets no verdict", "[policy]") {
  Diagnostics diagnostics;
  const auto declaration = load_declaration("d.yaml", kTwoEditions, diagnostics);
  CHECK_FALSE(decide(*declaration, "coin.node", Stage::Session, *parse_rfc3339("2021-06-01T00:00:00Z")));
}

TEST_CASE("every mistake in a declaration is told with its place", "[policy]") {
  Diagnostics diagnostics;
  CHECK_FALSE(load_declaration("d.yaml", R"(editions:
  - version: "1"
    effective_from: tomorrow
    colour: red
    activities:
      - {activity: mining.poool, item: "a", clause: "9.1", basis: breach, description: {zh: x, en: y}, breach_from: sesion, severity: {proof: grave}, measures: [shout]}
)",
                               diagnostics));
  std::string all;
  for (const auto& d : diagnostics) {
    CHECK(d.at.line > 0);
    all += to_text(d);
  }
  for (const char* part : {"tomorrow", "colour", "did you mean 'mining.pool'", "'sesion' is no stage", "'grave' is no severity", "'shout'"})
    CHECK(all.find(part) != std::string::npos);
}

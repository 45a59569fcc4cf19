#include "scanner/policy/permissions.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

const std::string kGood = R"(permissions:
  - id: pentest-1
    tenant: acme
    activity: abuse.scan
    scope: [198.51.100.0/24]
    reason: a penetration test
    owner: abuse-desk
    expires: 2026-12-31
)";

Exceptions load(const std::string& text) {
  Diagnostics diagnostics;
  Exceptions permissions;
  const bool good = load_permissions("permissions.yaml", text, permissions, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) UNSCOPED_INFO(to_text(diagnostic));
  REQUIRE(good);
  return permissions;
}

std::vector<std::string> mistakes(const std::string& text) {
  Diagnostics diagnostics;
  Exceptions permissions;
  CHECK_FALSE(load_permissions("permissions.yaml", text, permissions, diagnostics));
  std::vector<std::string> codes;
  for (const Diagnostic& diagnostic : diagnostics) codes.push_back(diagnostic.code);
  return codes;
}

std::string with(std::string text, const std::string& what, const std::string& instead) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), instead);
}

Finding finding() {
  Finding made;
  made.subject.id = "tenant:acme/web-1";
  made.subject.tenant = "acme";
  made.activity = "abuse.scan";
  made.source = "scan";
  made.last_seen = *parse_rfc3339("2026-12-31T23:59:59Z");
  made.targets = *Cidr::parse("198.51.100.0/25");
  return made;
}

}  // namespace

TEST_CASE("a permission covers its tenant's activity within its scope and time, and nothing else", "[policy]") {
  const Exceptions permissions = load(kGood);
  CHECK(permissions.find(finding()) != nullptr);
  Finding other = finding();
  other.subject.tenant = "mallory";
  CHECK(permissions.find(other) == nullptr);
  other = finding();
  other.activity = "abuse.flood";
  CHECK(permissions.find(other) == nullptr);
  other = finding();
  other.last_seen = *parse_rfc3339("2027-01-01T00:00:00Z");
  CHECK(permissions.find(other) == nullptr);
}

TEST_CASE("what reaches beyond the scope is not covered, nor what does not say whom it reaches", "[policy]") {
  const Exceptions permissions = load(kGood);
  Finding wide = finding();
  wide.targets = *Cidr::parse("198.51.0.0/16");
  CHECK(permissions.find(wide) == nullptr);
  Finding silent = finding();
  silent.targets.reset();
  CHECK(permissions.find(silent) == nullptr);
  silent.flow.emplace();
  silent.flow->tuple.destination.address = *IpAddress::parse("198.51.100.9");
  CHECK(permissions.find(silent) != nullptr);
  CHECK(load(with(kGood, "[198.51.100.0/24]", "any")).find(wide) != nullptr);
}

TEST_CASE("a permission is told in its own words", "[policy]") {
  const Exceptions permissions = load(kGood);
  CHECK(permissions.entries[0].sentence() == "permitted by the permission 'pentest-1' (owner abuse-desk, until 2026-12-31): a penetration test");
  const auto before = expiry_warnings(permissions, *parse_rfc3339("2026-12-25T00:00:00Z"));
  REQUIRE(before.size() == 1);
  CHECK(before[0].find("the permission 'pentest-1' ends in 7 days") == 0);
  const auto after = expiry_warnings(permissions, *parse_rfc3339("2027-01-03T00:00:00Z"));
  REQUIRE(after.size() == 1);
  CHECK(after[0].find("the permission 'pentest-1' ended 2 days ago") == 0);
  CHECK(expiry_warnings(permissions, *parse_rfc3339("2026-10-01T00:00:00Z")).empty());
}

TEST_CASE("every mistake in the register is told", "[policy]") {
  CHECK(mistakes(with(kGood, "abuse-desk", "\"\"")) == std::vector<std::string>{"P301"});
  CHECK(mistakes(with(kGood, "abuse.scan", "abuse.skan")) == std::vector<std::string>{"P302"});
  CHECK(mistakes(with(kGood, "abuse.scan", "mining.pool")) == std::vector<std::string>{"P302"});
  CHECK(mistakes(with(kGood, "2026-12-31", "soon")) == std::vector<std::string>{"P303"});
  CHECK(mistakes(with(kGood, "    tenant: acme\n", "")) == std::vector<std::string>{"P304"});
  CHECK(mistakes(with(kGood, "    tenant: acme\n", "    subject: ip:192.0.2.1\n    instance: a\n")) == std::vector<std::string>{"P304"});
  CHECK(mistakes(kGood + kGood.substr(kGood.find("  - id"))) == std::vector<std::string>{"P305"});
  CHECK(mistakes(with(kGood, "[198.51.100.0/24]", "everybody")) == std::vector<std::string>{"P306"});
  CHECK(mistakes(with(kGood, "[198.51.100.0/24]", "[nowhere]")) == std::vector<std::string>{"P306"});
  CHECK(mistakes(with(kGood, "[198.51.100.0/24]", "[]")) == std::vector<std::string>{"P306"});
  CHECK_FALSE(mistakes(with(kGood, "    owner: abuse-desk\n", "")).empty());
  CHECK_FALSE(mistakes(with(kGood, "    scope", "    scopes")).empty());
  CHECK(load("permissions: []\n").empty());
  CHECK(load("# nothing\n").empty());
}

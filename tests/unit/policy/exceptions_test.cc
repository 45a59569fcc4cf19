#include "scanner/policy/exceptions.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

const std::string kGood = R"(exceptions:
  - id: lab-1
    signatures: [cryptonote, mining.software.xmrig-options]
    tenant: acme
    flow: {server: 198.51.100.7, port: 3333}
    owner: abuse-desk
    reason: a contracted benchmark of RandomX
    ticket: AUP-1042
    expires: 2026-12-31
)";

std::vector<std::string> mistakes(const std::string& text) {
  Diagnostics diagnostics;
  Exceptions exceptions;
  CHECK_FALSE(load_exceptions("exceptions.yaml", text, exceptions, diagnostics));
  std::vector<std::string> codes;
  for (const Diagnostic& diagnostic : diagnostics) codes.push_back(diagnostic.code);
  return codes;
}

std::string without(std::string text, const std::string& line) {
  const std::size_t at = text.find("    " + line);
  REQUIRE(at != std::string::npos);
  return text.erase(at, text.find('\n', at) + 1 - at);
}

std::string with(std::string text, const std::string& what, const std::string& instead) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), instead);
}

Exceptions load(const std::string& text) {
  Diagnostics diagnostics;
  Exceptions exceptions;
  const bool good = load_exceptions("exceptions.yaml", text, exceptions, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) UNSCOPED_INFO(to_text(diagnostic));
  REQUIRE(good);
  return exceptions;
}

Finding finding() {
  Finding made;
  made.subject.id = "tenant:acme/web-1";
  made.subject.tenant = "acme";
  made.subject.instance = "web-1";
  made.source = "cryptonote";
  made.last_seen = *parse_rfc3339("2026-12-31T23:59:59Z");
  made.flow.emplace();
  made.flow->tuple.destination = {*IpAddress::parse("198.51.100.7"), 3333};
  return made;
}

using Codes = std::vector<std::string>;

}  // namespace

TEST_CASE("an exception covers what it names and nothing beside it", "[policy][exceptions]") {
  const Exceptions exceptions = load(kGood);
  CHECK(exceptions.sha256.size() == 64);
  REQUIRE(exceptions.find(finding()) != nullptr);
  CHECK(exceptions.find(finding())->sentence() == "permitted by the exception 'lab-1' (ticket AUP-1042, owner abuse-desk, until 2026-12-31): a contracted benchmark of RandomX");
  const auto covered = [&](auto&& change) {
    Finding changed = finding();
    change(changed);
    return exceptions.find(changed) != nullptr;
  };
  CHECK(covered([](Finding& f) { f.source = "mining.software.xmrig-options"; }));
  CHECK_FALSE(covered([](Finding& f) { f.source = "equihash"; }));
  CHECK_FALSE(covered([](Finding& f) { f.subject.tenant = "acme2"; }));
  CHECK_FALSE(covered([](Finding& f) { f.flow->tuple.destination.port = 3334; }));
  CHECK_FALSE(covered([](Finding& f) { f.flow->tuple.destination.address = *IpAddress::parse("198.51.100.8"); }));
  CHECK_FALSE(covered([](Finding& f) { f.flow.reset(); }));
}

TEST_CASE("an exception ends with its last day, in the time of the conduct", "[policy][exceptions]") {
  const Exceptions exceptions = load(kGood);
  Finding late = finding();
  late.last_seen = *parse_rfc3339("2027-01-01T00:00:00Z");
  CHECK(exceptions.find(finding()) != nullptr);
  CHECK(exceptions.find(late) == nullptr);
  const Exceptions exact = load(with(kGood, "2026-12-31", "2026-12-31T12:00:00Z"));
  CHECK(exact.find(finding()) == nullptr);
}

TEST_CASE("a process is named by its path, its image, or both", "[policy][exceptions]") {
  const std::string hash(64, 'a');
  const Exceptions exceptions = load(with(without(kGood, "tenant"), "flow: {server: 198.51.100.7, port: 3333}", "process: {executable: /opt/lab/xmrig, sha256: " + hash + "}"));
  Finding one = finding();
  CHECK(exceptions.find(one) == nullptr);
  one.process.emplace();
  one.process->executable = "/opt/lab/xmrig";
  CHECK(exceptions.find(one) == nullptr);
  one.process->sha256 = hash;
  CHECK(exceptions.find(one) != nullptr);
  one.process->executable = "/tmp/xmrig";
  CHECK(exceptions.find(one) == nullptr);
}

TEST_CASE("an exception without owner, reason, ticket or end is refused", "[policy][exceptions]") {
  for (const char* key : {"owner", "reason", "ticket", "expires"}) CHECK(mistakes(without(kGood, key)) == Codes{"E005"});
  CHECK(mistakes(with(kGood, "AUP-1042", "''")) == Codes{"X101"});
  CHECK(mistakes(with(kGood, "2026-12-31", "never")) == Codes{"X103"});
  CHECK(mistakes(with(kGood, "2026-12-31", "2026-13-31")) == Codes{"X103"});
}

TEST_CASE("an exception that is too broad is refused", "[policy][exceptions]") {
  CHECK(mistakes(without(without(kGood, "tenant"), "flow")) == Codes{"X106"});
  CHECK(mistakes(with(kGood, "tenant: acme", "tenant: '*'")) == Codes{"X102"});
  CHECK(mistakes(with(kGood, "[cryptonote,", "['*',")) == Codes{"X102"});
  CHECK(mistakes(with(kGood, "[cryptonote, mining.software.xmrig-options]", "[]")) == Codes{"X104"});
  CHECK(mistakes(with(kGood, "198.51.100.7", "198.51.0.0/16")) == Codes{"X106"});
  CHECK(mistakes(with(kGood, "198.51.100.7", "'2001:db8::/48'")) == Codes{"X106"});
  CHECK(mistakes(with(kGood, "198.51.100.7", "pool.example")) == Codes{"X105"});
  CHECK(mistakes(with(kGood, "tenant: acme", "instance: web-1")) == Codes{"X106"});
  CHECK(mistakes(with(kGood, "tenant: acme", "process: {}")) == Codes{"X107"});
  CHECK(mistakes(with(kGood, "tenant: acme", "process: {executable: xmrig}")) == Codes{"X107"});
  CHECK(mistakes(with(kGood, "tenant: acme", "process: {sha256: abc}")) == Codes{"X107"});
  CHECK(mistakes(kGood + kGood.substr(kGood.find('\n') + 1)) == Codes{"X108"});
  CHECK(mistakes(with(kGood, "tenant:", "tennant:")) == Codes{"E006"});
  CHECK(load(with(kGood, "198.51.100.7", "198.51.100.0/28")).entries.size() == 1);
}

TEST_CASE("an end is told of two weeks ahead and ever after", "[policy][exceptions]") {
  const Exceptions exceptions = load(kGood);
  const auto at = [&](const char* now) { return expiry_warnings(exceptions, *parse_rfc3339(now)); };
  CHECK(at("2026-12-17T23:59:59Z").empty());
  CHECK(at("2026-12-18T00:00:00Z") == Codes{"the exception 'lab-1' ends in 14 days, on 2026-12-31 (ticket AUP-1042, owner abuse-desk)"});
  CHECK(at("2026-12-31T00:00:00Z") == Codes{"the exception 'lab-1' ends in 1 day, on 2026-12-31 (ticket AUP-1042, owner abuse-desk)"});
  CHECK(at("2027-01-03T00:00:00Z") == Codes{"the exception 'lab-1' ended 2 days ago (ticket AUP-1042, owner abuse-desk): what it permitted is judged again; remove or renew it"});
  CHECK(at("2025-11-01T00:00:00Z").size() == 1);  // so far away that nobody looks at it again
}

TEST_CASE("exceptions of several files go together under one hash", "[policy][exceptions]") {
  Diagnostics diagnostics;
  Exceptions both;
  REQUIRE(load_exceptions("a", kGood, both, diagnostics));
  const std::string first = both.sha256;
  REQUIRE(load_exceptions("b", with(kGood, "lab-1", "lab-2"), both, diagnostics));
  CHECK(both.entries.size() == 2);
  CHECK(both.sha256 != first);
  CHECK_FALSE(load_exceptions("c", kGood, both, diagnostics));
  Exceptions none;
  CHECK(load_exceptions("d", "", none, diagnostics));
  CHECK(none.empty());
}

#include "tools/aupsig/budget.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

Budget budget_of(const std::string& text) {
  Diagnostics diagnostics;
  auto budget = load_budget("pack.budget", text, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) UNSCOPED_INFO(to_text(diagnostic));
  REQUIRE(budget);
  return *budget;
}

const std::vector<SignatureSize> kThree{
    {"a.small", CompileClass::Anchored, {1000, 10}},
    {"b.middle", CompileClass::Literal, {2000, 20}},
    {"c.large", CompileClass::Unbounded, {50000, 300}},
};

}  // namespace

TEST_CASE("what keeps to every limit is within the budget, and what is not given is not held", "[aupsig][profile]") {
  CHECK(hold_budget(budget_of("{}"), {1'000'000'000, 1'000'000}, kThree).over.empty());
  CHECK(hold_budget(budget_of("pack: {database_bytes: 53000, stream_bytes: 330}\nsignature: {database_bytes: 50000, stream_bytes: 300, times_the_median: 25, class: unbounded}"), {53000, 330}, kThree).over.empty());
}

TEST_CASE("each limit that is broken is told with the figure and the limit", "[aupsig][profile]") {
  const auto over = [](const std::string& text) { return hold_budget(budget_of(text), {53000, 330}, kThree).over; };
  CHECK(over("pack: {database_bytes: 52999}") == std::vector<std::string>{"the whole pack: 53,000 bytes of database, 52,999 are allowed"});
  CHECK(over("pack: {stream_bytes: 329}").size() == 1);
  CHECK(over("signature: {database_bytes: 1999}").size() == 2);
  CHECK(over("signature: {stream_bytes: 299}") == std::vector<std::string>{"c.large: 300 bytes of state for each stream, 299 are allowed"});
  CHECK(over("signature: {times_the_median: 24.9}") == std::vector<std::string>{"c.large: its database is 25.0 times the pack's median, 24.9 times are allowed"});
  CHECK(over("signature: {class: literal}") == std::vector<std::string>{"c.large: its patterns are unbounded, the dearest that is allowed is literal"});
}

TEST_CASE("an exception lifts one signature's limit, and is told when nothing needs it", "[aupsig][profile]") {
  const std::string limits = "signature: {database_bytes: 10000}\n";
  CHECK(hold_budget(budget_of(limits + "exceptions:\n  c.large: {database_bytes: 50000, reason: a long list}"), {}, kThree).over.empty());
  CHECK(hold_budget(budget_of(limits + "exceptions:\n  c.large: {database_bytes: 49999, reason: a long list}"), {}, kThree).over.size() == 1);
  const auto verdict = hold_budget(budget_of(limits + "exceptions:\n  c.large: {database_bytes: 50000, reason: r}\n  a.small: {database_bytes: 1, reason: r}\n  z.gone: {database_bytes: 1, reason: r}"), {}, kThree);
  CHECK(verdict.unneeded == std::vector<std::string>{"pack.budget:4: the exception for a.small is not needed: the signature keeps to the limits of all",
                                                     "pack.budget:5: the exception for z.gone is not needed: there is no such signature"});
}

TEST_CASE("mistakes in a budget are told at their place", "[aupsig][profile]") {
  Diagnostics diagnostics;
  CHECK_FALSE(load_budget("pack.budget", "signature:\n  database_byte: 5\n  class: cheap\nexceptions:\n  a: {database_bytes: 1}\n", diagnostics));
  REQUIRE(diagnostics.size() == 3);
  CHECK(diagnostics[0].at.line + diagnostics[1].at.line + diagnostics[2].at.line == 2 + 3 + 5);
}

TEST_CASE("a budget can be given in words", "[aupsig][profile]") {
  std::string problem;
  const auto budget = parse_budget_words("signature.database_bytes=1999,signature.times_the_median=2.5,pack.stream_bytes=9", problem);
  REQUIRE(budget);
  CHECK(budget->signature.database_bytes == 1999);
  CHECK(budget->signature.times_the_median == 2.5);
  CHECK(budget->pack.stream_bytes == 9);
  for (const char* wrong : {"signature.database_bytes", "signature.database_bytes=", "signature.database_bytes=x", "signature.database_bytes=-1", "colour=7"}) {
    INFO(wrong);
    CHECK_FALSE(parse_budget_words(wrong, problem));
    CHECK(problem.find(std::string(wrong).substr(0, 6)) != std::string::npos);
  }
}

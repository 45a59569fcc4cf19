#include "scanner/signature/condition.h"

#include <catch2/catch.hpp>

using scanner::Condition;
using scanner::ConditionError;

namespace {

const std::vector<std::string> kNames{"url", "user", "option_a", "option_b", "option_c"};

Condition parse(std::string_view text) {
  ConditionError error;
  auto condition = Condition::parse(text, kNames, error);
  INFO(text << ": " << error.message);
  REQUIRE(condition);
  return *condition;
}

ConditionError refuse(std::string_view text) {
  ConditionError error;
  INFO(text);
  REQUIRE_FALSE(Condition::parse(text, kNames, error));
  REQUIRE_FALSE(error.message.empty());
  return error;
}

}  // namespace

TEST_CASE("a name holds when its pattern was seen", "[signature]") {
  REQUIRE(parse("url").holds(0b1, 0));
  REQUIRE_FALSE(parse("url").holds(0b10, 0));
}

TEST_CASE("not binds before and, and before or", "[signature]") {
  const Condition c = parse("url or user and not option_a");
  REQUIRE(c.holds(0b00001, 0));
  REQUIRE(c.holds(0b00101, 0));
  REQUIRE(c.holds(0b00010, 0));
  REQUIRE_FALSE(c.holds(0b00110, 0));
  REQUIRE(c.has_not());
  const Condition grouped = parse("(url or user) and not option_a");
  REQUIRE_FALSE(grouped.holds(0b00101, 0));
  REQUIRE(grouped.holds(0b00001, 0));
  REQUIRE(parse("not not url").holds(1, 0));
}

TEST_CASE("any, all and a number count the patterns they are given", "[signature]") {
  REQUIRE(parse("any of them").holds(0b10000, 0));
  REQUIRE_FALSE(parse("all of them").holds(0b01111, 0));
  REQUIRE(parse("all of them").holds(0b11111, 0));
  REQUIRE(parse("2 of (option_*)").holds(0b10100, 0));
  REQUIRE_FALSE(parse("2 of (option_*)").holds(0b10011, 0));
  REQUIRE(parse("all of (url, user)").holds(0b00011, 0));
  REQUIRE(parse("url and 1 of (option_a, option_b) or all of (option_*)").holds(0b11100, 0));
}

TEST_CASE("facts about the port join patterns", "[signature]") {
  const Condition c = parse("url and (port in pool-ports or port in (3333, 443))");
  REQUIRE(c.facts().size() == 2);
  REQUIRE(c.facts()[0].set == "pool-ports");
  REQUIRE(c.facts()[1].ports == std::vector<std::uint16_t>{443, 3333});
  REQUIRE_FALSE(c.holds(1, 0));
  REQUIRE(c.holds(1, 0b10));
  REQUIRE_FALSE(c.holds(0, 0b11));
  REQUIRE(c.needs_a_pattern());
}

TEST_CASE("a condition that holds without a pattern is recognised", "[signature]") {
  REQUIRE_FALSE(parse("not url").needs_a_pattern());
  REQUIRE_FALSE(parse("url or port in (80)").needs_a_pattern());
  REQUIRE_FALSE(parse("url or not port in (80)").needs_a_pattern());
  REQUIRE(parse("user and not url").needs_a_pattern());
}

TEST_CASE("what is no condition is refused at its place", "[signature]") {
  REQUIRE(refuse("url and").message == "the condition ends too early");
  REQUIRE(refuse("url user").offset == 4);
  REQUIRE(refuse("url and usr").hint == "did you mean \"user\"?");
  REQUIRE(refuse("(url").message == "expected \")\"");
  refuse("");
  refuse("6 of them");
  refuse("0 of them");
  refuse("2 of");
  refuse("all of (url, )");
  refuse("port in (0)");
  refuse("port in (70000)");
  refuse("port 80");
  refuse("port in");
  refuse("nothing_*");
  refuse("url && user");
  refuse(std::string(3000, ' ') + "url");
  refuse(std::string(100, '(') + "url" + std::string(100, ')'));
  refuse("port in (1) or port in (2) or port in (3) or port in (4) or port in (5)");
}

TEST_CASE("a long chain is fine, since only depth costs", "[signature]") {
  std::string text = "url";
  for (int i = 0; i < 150; ++i) text += " and user";
  REQUIRE(parse(text).holds(0b11, 0));
  REQUIRE_FALSE(parse(text).holds(0b01, 0));
}

#include "tools/aupsig/translate/regex_sample.h"

#include <catch2/catch.hpp>

#include <regex>

using namespace scanner;

namespace {

RegexSample parsed(std::string_view regex) {
  std::string problem;
  auto sample = RegexSample::parse(regex, problem);
  INFO(std::string(regex) << ": " << problem);
  REQUIRE(sample);
  return std::move(*sample);
}

std::string regex_refusal(std::string_view regex) {
  std::string problem;
  REQUIRE_FALSE(RegexSample::parse(regex, problem));
  return problem;
}

}  // namespace

TEST_CASE("a sample of a regex is a text that it matches, whatever the choice and the stretch", "[aupsig][import]") {
  for (const std::string regex : {"abc", "a[bc]d", "(foo|bar)+baz", "x{2,5}y?", "[^a-z]{3}", "\\d+\\.\\d+", "(a|(b|c)d)e", "[[:alpha:]]_[^\\s]", "a.c", "\\x41\\x{42}"}) {
    const RegexSample sample = parsed(regex);
    for (std::size_t stretch : {0, 1, 7})
      for (std::size_t choice = 0; choice < 6; ++choice) {
        const std::string text = sample.sample(stretch, choice).bytes;
        std::string for_std = regex;
        if (const auto at = for_std.find("\\x{42}"); at != std::string::npos) for_std.replace(at, 6, "\\x42");
        INFO(regex << " made " << text);
        CHECK(std::regex_match(text, std::regex(for_std)));
      }
  }
}

TEST_CASE("options in a regex hold for what they are about", "[aupsig][import]") {
  CHECK(parsed("(?i)Ab").sample(0, 0).bytes == "ab");
  CHECK(parsed("(?i:A)B").sample(0, 0).bytes == "aB");
  CHECK(parsed("(?x) a b # and no more").sample(0, 0).bytes == "ab");
}

TEST_CASE("what cannot be sampled is named", "[aupsig][import]") {
  CHECK(regex_refusal("a(?=b)") == "it looks around (\"(?=\")");
  CHECK(regex_refusal("(a)\\1") == "it refers back (\"\\1\")");
  CHECK(regex_refusal("a++") == "a possessive repeat");
  CHECK(regex_refusal("(a") == "a group that does not end");
  CHECK(regex_refusal("[a") == "a class that does not end");
  CHECK(regex_refusal("a)") == "a \")\" too many");
  CHECK(regex_refusal("*a") == "a repeat of nothing");
  CHECK(regex_refusal(std::string(200, '(') + std::string(200, ')')) == "nested too deep");
}

TEST_CASE("anchors are told by where they stand", "[aupsig][import]") {
  CHECK(parsed("^ab$").begins_anchored());
  CHECK(parsed("^ab$").ends_anchored());
  CHECK_FALSE(parsed("^ab$").anchored_inside());
  CHECK(parsed("(^a|^b)c").begins_anchored());
  CHECK_FALSE(parsed("^a|b").begins_anchored());
  CHECK(parsed("^a|b").anchored_inside());
  CHECK(parsed("a\\b").anchored_inside());
  CHECK(parsed("(^|x)a").anchored_inside());
  CHECK(parsed("a|b").has_alternatives_outside());
  CHECK_FALSE(parsed("(a|b)").has_alternatives_outside());
}

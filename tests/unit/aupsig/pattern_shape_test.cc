#include "scanner/signature/pattern_shape.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace scanner;

namespace {

PatternShape shape(const std::string& regex) {
  Pattern pattern;
  pattern.literal = false;
  pattern.expression = regex;
  return shape_of(pattern);
}

bool has(const PatternShape& shape, const std::string& literal) { return std::find(shape.literals.begin(), shape.literals.end(), literal) != shape.literals.end(); }

}  // namespace

TEST_CASE("a pattern is anchored where every way to match it begins at the beginning", "[signature][shape]") {
  for (const char* regex : {"^a", "\\Aa", "(^a|^b)c", "(?i)^a", "(?:^)a", "(?s)^.{4}x", "(?im)(?-m:^a)"}) {
    INFO(regex);
    CHECK(shape(regex).anchored);
  }
  for (const char* regex : {"a", "a^b", "(^a|b)", "(^|/)a", "(?m)^a", "(^a)?b", ".*a", "\\^a", "[^a]b"}) {
    INFO(regex);
    CHECK_FALSE(shape(regex).anchored);
  }
}

TEST_CASE("the bytes that every match holds are found, across groups and repeats", "[signature][shape]") {
  CHECK(shape("foobar").required == 6);
  CHECK(shape("foo.bar!").required == 4);
  CHECK(shape("(foo|barbaz)x").required == 3);
  CHECK(shape("(foo|[a-z])x").required == 1);
  CHECK(shape("(abc)def").required == 6);
  CHECK(shape("(ab){3}c").required == 7);
  CHECK(shape("(abcd)?e").required == 1);
  CHECK(shape("(abcd)+").required == 4);
  CHECK(shape("a\\.b\\x2fc\\n").required == 6);
  CHECK(shape("[Mm]iner").required == 5);
  CHECK(shape("[mn]iner").required == 4);
  CHECK(shape("\\Qa.b*\\Ec").required == 5);
  CHECK(shape("(?x) a b # comment\n c").required == 3);
  CHECK(has(shape("(Foo|barbaz)x"), "foo"));
  CHECK(has(shape("(foo|barbaz)x"), "barbaz"));
  CHECK_FALSE(has(shape("ab.cd"), "ab"));
}

TEST_CASE("counted repeats are written out when a pattern is measured", "[signature][shape]") {
  CHECK(shape("abc").states == 3);
  CHECK(shape("abc").edges == 2);
  CHECK(shape("a{100}").states == 100);
  CHECK(shape("(ab{1,20}){10}").states == 210);
  CHECK(shape("a{2,}").min_width == 2);
  CHECK(shape("(ab|c)d?").min_width == 1);
  // What may be left out anywhere leads from every place to every later one.
  CHECK(shape("(a?b?){100}").edges > 10'000);
  CHECK(shape("(a?b?){100}").states == 200);
  CHECK(shape("((((a{900}){900}){900}){900}){900}").states == PatternShape::kMost);
  CHECK(shape("a{,5}").states == 5);  // a brace that stands for itself
  CHECK(shape("a{x").states == 3);
}

TEST_CASE("what cannot be read as a regex gets an upper bound and no more", "[signature][shape]") {
  for (const char* regex : {"(a", "a)", "*a", "[a", "a\\", "(?=a)b", "(*UTF8)a", "(?<!a)b"}) {
    INFO(regex);
    CHECK_FALSE(shape(regex).understood);
  }
  CHECK_FALSE(shape(std::string(200, '(') + std::string(200, ')')).understood);
  CHECK(shape("(*UTF8)(a{900}){900}b").states >= 810'000);
}

TEST_CASE("a literal is what it says", "[signature][shape]") {
  Pattern pattern;
  pattern.expression = "XMRig (a|b)";
  const PatternShape s = shape_of(pattern);
  CHECK(s.required == 11);
  CHECK(s.min_width == 11);
  CHECK_FALSE(s.anchored);
  CHECK(has(s, "xmrig (a|b)"));
}

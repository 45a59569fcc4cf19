#include "tools/aupsig/sheet.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

Sheet sample() {
  Sheet sheet;
  sheet.title = "A title";
  sheet.verdict = "2 things <b>differ</b>";
  sheet.facts = {{"pack", "a_b*c"}};
  sheet.sections = {{"Part", {"a | b"}, {{{{"name", false}, {"count", true}}, {{{"x|y", "7"}, {"below\x1b[31m it"}}, {{"long name", "1,234"}, {}}}}}}};
  return sheet;
}

}  // namespace

TEST_CASE("a table stands in columns on a terminal, numbers to the right", "[aupsig][sheet]") {
  const std::string text = sheet_text(sample());
  CHECK(text.find("  name       count\n  x|y            7\n      below?[31m it\n  long name  1,234\n") != std::string::npos);
}

TEST_CASE("nothing in a sheet becomes markup", "[aupsig][sheet]") {
  const std::string page = sheet_page(sample());
  CHECK(page.find("2 things &lt;b&gt;differ&lt;/b&gt;") != std::string::npos);
  CHECK(page.find('\x1b') == std::string::npos);
  CHECK(page.find("<script") == std::string::npos);
  const std::string markdown = sheet_markdown(sample());
  CHECK(markdown.find("| x\\|y | 7<br>below?\\[31m it |") != std::string::npos);
  CHECK(markdown.find("a\\_b\\*c") != std::string::npos);
  CHECK(markdown.find("\\<b\\>differ") != std::string::npos);
}

#include "scanner/model/yaml.h"

#include <catch2/catch.hpp>

#include <array>

using namespace scanner;

namespace {

std::optional<YamlNode> parse(std::string_view text, Diagnostics& diagnostics) {
  YamlContext context("a.yaml", text, diagnostics);
  return parse_yaml(context);
}

}  // namespace

TEST_CASE("a document becomes a tree that remembers where everything stood", "[model]") {
  Diagnostics diagnostics;
  const auto root = parse("id: one\nlist:\n  - 1\n  - \"2\"\nmap: {a: ~, b: x}\n", diagnostics);
  REQUIRE(root);
  REQUIRE(diagnostics.empty());
  REQUIRE(root->kind == YamlKind::Map);
  REQUIRE(root->keys.size() == 3);
  REQUIRE(root->keys[1].line == 2);
  REQUIRE(root->items[0].scalar == "one");
  REQUIRE(root->items[0].column == 5);
  REQUIRE(root->items[1].items[0].line == 3);
  REQUIRE(root->items[1].items[0].column == 5);
  REQUIRE_FALSE(root->items[1].items[0].quoted);
  REQUIRE(root->items[1].items[1].quoted);
  REQUIRE(root->items[2].items[0].kind == YamlKind::Null);
}

TEST_CASE("a file without content is a null node and no error", "[model]") {
  Diagnostics diagnostics;
  for (const char* text : {"", "# nothing\n", "---\n", "\n\n"}) {
    const auto root = parse(text, diagnostics);
    REQUIRE(root);
    REQUIRE(root->kind == YamlKind::Null);
  }
  REQUIRE(diagnostics.empty());
}

TEST_CASE("broken YAML is one diagnostic with its place", "[model]") {
  Diagnostics diagnostics;
  REQUIRE_FALSE(parse("a: 1\nb: [1, 2\nc: 3\n", diagnostics));
  REQUIRE(diagnostics.size() == 1);
  REQUIRE(diagnostics[0].code == "E001");
  REQUIRE(diagnostics[0].at.line >= 2);
  REQUIRE_FALSE(diagnostics[0].line_text.empty());
}

TEST_CASE("an unclosed quote is an error even where the file ends in a line break", "[model]") {
  for (const char* text : {"a: \"b\n", "a: 'b\n", "a: 'b\nc: 1\n\n", "a: \"b"}) {
    Diagnostics diagnostics;
    REQUIRE_FALSE(parse(text, diagnostics));
    REQUIRE(diagnostics.size() == 1);
    REQUIRE(diagnostics[0].hint == "a quote is not closed");
  }
}

TEST_CASE("a block text keeps its lines", "[model]") {
  Diagnostics diagnostics;
  REQUIRE(parse("a: |\n  b\n  c\n", diagnostics)->items[0].scalar == "b\nc\n");
  REQUIRE(parse("a: |-\n  b\n  c", diagnostics)->items[0].scalar == "b\nc");
  REQUIRE(parse("a: |+\n  b\n\n", diagnostics)->items[0].scalar == "b\n\n");
}

TEST_CASE("what is no plain data is refused: tags, second documents, maps as keys, NUL", "[model]") {
  for (const std::string_view text : {std::string_view("a: !!int 3\n"), std::string_view("a: 1\n---\nb: 2\n"),
                                      std::string_view("? [a, b]\n: 1\n"), std::string_view("a: b\0c\n", 7),
                                      std::string_view("a: &x [*x]\n")}) {
    Diagnostics diagnostics;
    REQUIRE_FALSE(parse(text, diagnostics));
    REQUIRE(diagnostics.size() == 1);
  }
}

TEST_CASE("depth, size and repetition through aliases are bounded", "[model]") {
  Diagnostics diagnostics;
  REQUIRE_FALSE(parse(std::string(100, '[') + std::string(100, ']'), diagnostics));
  REQUIRE(diagnostics.back().code == "E002");
  REQUIRE_FALSE(parse(std::string(5000, '[') + std::string(5000, ']'), diagnostics));
  REQUIRE_FALSE(parse(std::string(17 * 1024 * 1024, '#'), diagnostics));
  REQUIRE(diagnostics.back().code == "E002");

  std::string laughs = "l0: &l0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*l" + std::to_string(i - 1);
    laughs += "l" + std::to_string(i) + ": &l" + std::to_string(i) + " [" + before;
    for (int j = 0; j < 9; ++j) laughs += ", " + before;
    laughs += "]\n";
  }
  REQUIRE_FALSE(parse(laughs, diagnostics));
  REQUIRE(diagnostics.back().code == "E002");

  std::string many;
  for (int i = 0; i < 250'000; ++i) many += "- a\n";
  REQUIRE_FALSE(parse(many, diagnostics));
  REQUIRE(diagnostics.back().code == "E002");
}

TEST_CASE("a small alias repeats its value", "[model]") {
  Diagnostics diagnostics;
  const auto root = parse("a: &x {k: v}\nb: *x\n", diagnostics);
  REQUIRE(root);
  REQUIRE(root->items[1].items[0].scalar == "v");
  REQUIRE(root->items[1].line == 2);
}

TEST_CASE("a map is read with types, and all that is wrong is told at once", "[model]") {
  Diagnostics diagnostics;
  const std::string_view text =
      "id: 7\nweight: heavy\ncount: 12\nportt: 3\nflag: yes\ncolour: gren\nlist: a\ncount: 13\nratio: 3.5\nbig: 99\n";
  YamlContext context("a.yaml", text, diagnostics);
  const auto root = parse_yaml(context);
  REQUIRE(root);
  YamlMap map(*root, "thing", context);
  const std::array<std::string_view, 2> colours{"red", "green"};
  REQUIRE(map.string("id") == "7");
  REQUIRE_FALSE(map.number("weight"));
  REQUIRE(map.integer("count") == 12);
  REQUIRE_FALSE(map.integer("port", Presence::Optional));
  REQUIRE_FALSE(map.boolean("flag"));
  REQUIRE_FALSE(map.choice("colour", colours));
  REQUIRE(map.strings("list").empty());
  REQUIRE(map.number("ratio") == 3.5);
  REQUIRE_FALSE(map.integer("big", Presence::Optional, 0, 10));
  REQUIRE_FALSE(map.string("owner"));
  map.finish();
  REQUIRE_FALSE(context.ok());

  std::string codes;
  for (const Diagnostic& d : diagnostics) codes += d.code + ":" + std::to_string(d.at.line) + " ";
  REQUIRE(codes == "E007:8 E004:2 E004:5 E008:6 E004:7 E009:10 E005:1 E006:4 ");
  REQUIRE(diagnostics[3].hint == "did you mean \"green\"?");
  REQUIRE(diagnostics[7].hint == "did you mean \"port\"?");
  REQUIRE(diagnostics[7].line_text == "portt: 3");
}

TEST_CASE("a file full of mistakes gives a hundred diagnostics and says so", "[model]") {
  Diagnostics diagnostics;
  std::string text;
  for (int i = 0; i < 500; ++i) text += "key" + std::to_string(i) + ": 1\n";
  YamlContext context("a.yaml", text, diagnostics);
  const auto root = parse_yaml(context);
  REQUIRE(root);
  YamlMap map(*root, "thing", context);
  map.finish();
  REQUIRE(diagnostics.size() == 100);
  REQUIRE(diagnostics.back().code == "E002");
}

TEST_CASE("control characters of a file do not reach the terminal through a diagnostic", "[model]") {
  Diagnostics diagnostics;
  parse("a: \"\x1b[31m\"\n", diagnostics);
  REQUIRE_FALSE(diagnostics.empty());
  for (const Diagnostic& d : diagnostics) REQUIRE(to_text(d).find('\x1b') == std::string::npos);
}

#include "scanner/protocol/json.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <string>

using namespace scanner;

namespace {

JsonOutcome parse(JsonDocument& document, std::string_view text) { return document.parse(as_bytes(text)); }

}  // namespace

TEST_CASE("a JSON text is read into values that are found by key and by place", "[protocol]") {
  JsonDocument document;
  REQUIRE(parse(document, R"({"id": 4, "params": ["a", {"b": [true, false, null]}, -1.5], "empty": {}})") == JsonOutcome::Complete);
  const JsonValue root = document.root();
  CHECK(root.is(JsonKind::Object));
  CHECK(root.size() == 3);
  CHECK(root["id"].text() == "4");
  CHECK(root["id"].number() == 4.0);
  CHECK(root["params"].size() == 3);
  CHECK(root["params"].at(0).text() == "a");
  CHECK(root["params"].at(-1).number() == -1.5);
  CHECK(root["params"].at(1)["b"].at(0).is(JsonKind::True));
  CHECK(root["params"].at(1)["b"].at(1).is(JsonKind::False));
  CHECK(root["params"].at(1)["b"].at(2).is(JsonKind::Null));
  CHECK(root["empty"].is(JsonKind::Object));
  CHECK(root["empty"].size() == 0);
}

TEST_CASE("what is not there is missing, and so is all below it", "[protocol]") {
  JsonDocument document;
  REQUIRE(parse(document, R"({"a": [1]})") == JsonOutcome::Complete);
  const JsonValue root = document.root();
  CHECK_FALSE(root["b"]);
  CHECK(root["b"]["c"].at(3).is(JsonKind::Missing));
  CHECK_FALSE(root["a"].at(1));
  CHECK_FALSE(root["a"].at(-2));
  CHECK_FALSE(root["a"]["x"]);
  CHECK_FALSE(root.at(0));
  CHECK(root["b"].text().empty());
  CHECK_FALSE(root["b"].number());
  CHECK_FALSE(root["a"].at(0).next());
  CHECK_FALSE(JsonValue().first());
}

TEST_CASE("of equal keys the first counts", "[protocol]") {
  JsonDocument document;
  REQUIRE(parse(document, R"({"method":"mining.submit","method":"ping","meth\u006fd":"x"})") == JsonOutcome::Complete);
  CHECK(document.root()["method"].text() == "mining.submit");
}

TEST_CASE("escapes are decoded in keys and texts", "[protocol]") {
  JsonDocument document;
  REQUIRE(parse(document, R"({"\u006dethod":"min\u0069ng.\"x\"\/\\\n","u":"\u20ac\ud83d\ude00"})") == JsonOutcome::Complete);
  CHECK(document.root()["method"].text() == "mining.\"x\"/\\\n");
  CHECK(document.root()["u"].text() == "\xe2\x82\xac\xf0\x9f\x98\x80");
}

TEST_CASE("bytes that are no UTF-8 pass as they are", "[protocol]") {
  JsonDocument document;
  REQUIRE(parse(document, "{\"a\":\"\xff\xfe\xc0\"}") == JsonOutcome::Complete);
  CHECK(document.root()["a"].text() == "\xff\xfe\xc0");
}

TEST_CASE("numbers of any size are read", "[protocol]") {
  JsonDocument document;
  REQUIRE(parse(document, R"([123456789012345678901234567890, 1e-999, 0.1, -0, 1E+5])") == JsonOutcome::Complete);
  const JsonValue root = document.root();
  CHECK(root.at(0).text() == "123456789012345678901234567890");
  CHECK(root.at(0).number().value_or(0) == Approx(1.2345678901234568e29));
  CHECK(root.at(1).number() == 0.0);
  CHECK(root.at(2).number() == 0.1);
  CHECK(root.at(4).number() == 1e5);
}

TEST_CASE("a number beyond double is a very large one, and what stands in texts is no number", "[protocol]") {
  JsonDocument document;
  const std::string digits(400, '7');
  REQUIRE(parse(document, "{\"a\":1e999,\"b\":-" + digits + R"(,"c":"12e999 \\\"1e999","1e999":[1e999999999999,2]})") == JsonOutcome::Complete);
  const JsonValue root = document.root();
  CHECK(root["a"].number().value_or(0) > 1e200);
  CHECK(root["b"].number().value_or(0) < -1e200);
  CHECK(root["c"].text() == "12e999 \\\"1e999");
  CHECK(root["1e999"].at(1).text() == "2");
}

TEST_CASE("what is no JSON gives no value", "[protocol]") {
  JsonDocument document;
  for (const std::string_view text : {"{\"a\" 1}", "{a:1}", "{\"a\":1,}", "[1,]", "nope", "{\"a\":\"\x01\"}", "{]", "'a'"}) {
    INFO(text);
    CHECK(parse(document, text) == JsonOutcome::Bad);
    CHECK_FALSE(document.root());
  }
}

TEST_CASE("a text that ends too early shows what it held so far", "[protocol]") {
  JsonDocument document;
  REQUIRE(parse(document, R"({"id":1,"result":{"previousblockhash":"00ff","transactions":[{"data":"01)") == JsonOutcome::Truncated);
  CHECK(document.root()["result"]["previousblockhash"].text() == "00ff");
  CHECK(document.root()["result"]["transactions"].size() == 1);
  CHECK_FALSE(document.root()["result"]["transactions"].at(0)["data"]);
}

TEST_CASE("thirty-two levels are read and thirty-three are not", "[protocol]") {
  JsonDocument document;
  const auto nested = [](std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  CHECK(parse(document, nested(JsonDocument::kMaxDepth)) == JsonOutcome::Complete);
  CHECK(parse(document, nested(JsonDocument::kMaxDepth + 1)) == JsonOutcome::Bad);
  CHECK(parse(document, nested(1'000'000)) == JsonOutcome::Bad);
}

TEST_CASE("a text of too many values is cut", "[protocol]") {
  JsonDocument document;
  std::string text = "[0";
  for (std::size_t i = 0; i < JsonDocument::kMaxNodes + 10; ++i) text += ",0";
  CHECK(parse(document, text + "]") == JsonOutcome::Truncated);
  CHECK(document.root().size() == JsonDocument::kMaxNodes - 1);
  CHECK(document.root().at(-1).text() == "0");
}

TEST_CASE("a document forgets its last text", "[protocol]") {
  JsonDocument document;
  REQUIRE(parse(document, R"({"a":"a long text that must not show again"})") == JsonOutcome::Complete);
  REQUIRE(parse(document, R"({"b":"x"})") == JsonOutcome::Complete);
  CHECK_FALSE(document.root()["a"]);
  CHECK(document.root()["b"].text() == "x");
  REQUIRE(parse(document, "{") == JsonOutcome::Truncated);
  CHECK_FALSE(document.root()["b"]);
}

TEST_CASE("what stands behind the value is no matter", "[protocol]") {
  JsonDocument document;
  CHECK(parse(document, "{\"a\":1} trailing") == JsonOutcome::Complete);
  CHECK(document.root()["a"].text() == "1");
}

#include "scanner/signature/matcher.h"

#include "scanner/signature/load.h"
#include "scanner/signature/naive_matcher.h"

#include <catch2/catch.hpp>

#include <random>

using namespace scanner;

namespace {

Signature signature(std::string id, Field field, std::vector<Pattern> patterns, std::string condition = "any of them") {
  Signature s;
  s.id = std::move(id);
  s.field = field;
  s.status = SignatureStatus::Active;
  std::vector<std::string> names;
  for (const Pattern& p : patterns) names.push_back(p.name);
  ConditionError error;
  s.condition = Condition::parse(condition, names, error).value();
  s.condition_text = std::move(condition);
  s.patterns = std::move(patterns);
  return s;
}

Pattern literal(std::string name, std::string text, bool nocase = false) { return {std::move(name), std::move(text), true, nocase}; }
Pattern regex(std::string name, std::string text, bool nocase = false) { return {std::move(name), std::move(text), false, nocase}; }

std::shared_ptr<const Ruleset> ruleset_of(std::vector<Signature> signatures) {
  Diagnostics diagnostics;
  auto ruleset = Ruleset::make(std::move(signatures), {}, {}, diagnostics);
  REQUIRE(ruleset);
  return ruleset;
}

std::unique_ptr<Matcher> hyperscan(std::shared_ptr<const Ruleset> ruleset) {
  auto matcher = make_hyperscan_matcher(std::move(ruleset));
  if (!matcher) FAIL(matcher.error().message);
  return std::move(*matcher);
}

std::vector<PatternHit> hits_in(const Matcher& matcher, Field field, std::string_view text) {
  std::vector<PatternHit> hits;
  const auto scratch = matcher.make_scratch();
  matcher.find(field, as_bytes(text), *scratch, hits);
  return hits;
}

std::string text_of(const std::vector<PatternHit>& hits, const Ruleset& ruleset) {
  std::string text;
  for (const PatternHit& hit : hits)
    text += ruleset.signatures()[hit.signature].patterns[hit.pattern].name + "@" + std::to_string(hit.end) + " ";
  return text;
}

std::vector<SignatureMatch> matches_in(const Matcher& matcher, Field field, std::string_view text, std::uint16_t port = 0) {
  std::vector<SignatureMatch> out;
  const auto scratch = matcher.make_scratch();
  matcher.match(field, as_bytes(text), {port}, *scratch, out);
  return out;
}

// All hits of a stream that arrives in pieces cut at random.
std::vector<PatternHit> hits_in_pieces(const Matcher& matcher, Field field, std::string_view text, std::mt19937& random) {
  std::vector<PatternHit> hits;
  const auto scratch = matcher.make_scratch();
  const auto stream = matcher.open(field);
  while (!text.empty()) {
    const std::size_t size = std::min<std::size_t>(text.size(), 1 + random() % 12);
    stream->scan(as_bytes(text.substr(0, size)), *scratch, hits);
    text.remove_prefix(size);
  }
  std::sort(hits.begin(), hits.end());
  return hits;
}

}  // namespace

TEST_CASE("a pattern is told once, where its first match ends, and hits come in order", "[signature]") {
  const auto ruleset = ruleset_of({
      signature("b", Field::HttpPath, {literal("late", "zz"), literal("early", "a")}),
      signature("a", Field::HttpPath, {regex("both", "a+z")}),
  });
  for (const auto& matcher : {hyperscan(ruleset), make_naive_matcher(ruleset)}) {
    const auto hits = hits_in(*matcher, Field::HttpPath, "aaazz aaazz zz");
    REQUIRE(hits == std::vector<PatternHit>{{1, 1, 1}, {4, 0, 0}, {5, 1, 0}});
    REQUIRE(hits_in(*matcher, Field::HttpPath, "").empty());
    REQUIRE_FALSE(matcher->wants(Field::DnsName));
    REQUIRE(hits_in(*matcher, Field::DnsName, "aaazz").empty());
  }
}

TEST_CASE("signatures that share a pattern are all told", "[signature]") {
  const auto ruleset = ruleset_of({
      signature("a", Field::HttpHost, {literal("p", "pool")}),
      signature("b", Field::HttpHost, {literal("q", "pool"), literal("q2", "POOL", true)}),
  });
  for (const auto& matcher : {hyperscan(ruleset), make_naive_matcher(ruleset)})
    REQUIRE(hits_in(*matcher, Field::HttpHost, "a pool").size() == 3);
}

TEST_CASE("literals are bytes: what means something in a regex means itself", "[signature]") {
  const std::string odd("a.b*[(\\x\0\xff|", 11);
  const auto ruleset = ruleset_of({signature("a", Field::HttpPath, {literal("p", odd)})});
  for (const auto& matcher : {hyperscan(ruleset), make_naive_matcher(ruleset)}) {
    REQUIRE(hits_in(*matcher, Field::HttpPath, "--" + odd).size() == 1);
    REQUIRE(hits_in(*matcher, Field::HttpPath, "--axb*[(\\x").empty());
  }
}

TEST_CASE("a deprecated signature is not searched", "[signature]") {
  Signature old = signature("a", Field::HttpPath, {literal("p", "x")});
  old.status = SignatureStatus::Deprecated;
  const auto ruleset = ruleset_of({old});
  for (const auto& matcher : {hyperscan(ruleset), make_naive_matcher(ruleset)}) REQUIRE_FALSE(matcher->wants(Field::HttpPath));
}

TEST_CASE("a condition decides over the whole of a field, also with not", "[signature]") {
  const auto ruleset = ruleset_of({
      signature("both", Field::HttpPath, {literal("a", "one"), literal("b", "two")}, "a and b"),
      signature("without", Field::HttpPath, {literal("a", "one"), literal("b", "two")}, "a and not b"),
      signature("port", Field::HttpPath, {literal("a", "one")}, "a and port in (3333)"),
  });
  for (const auto& matcher : {hyperscan(ruleset), make_naive_matcher(ruleset)}) {
    REQUIRE(matches_in(*matcher, Field::HttpPath, "one two") == std::vector<SignatureMatch>{{0, 1, 7}});
    REQUIRE(matches_in(*matcher, Field::HttpPath, "one") == std::vector<SignatureMatch>{{2, 0, 3}});
    REQUIRE(matches_in(*matcher, Field::HttpPath, "one", 3333).size() == 2);
  }
}

TEST_CASE("on a stream a signature is told when what was seen so far makes it hold", "[signature]") {
  const auto ruleset = ruleset_of({signature("s", Field::StreamClient, {literal("a", "login"), literal("b", "agent")}, "a and b")});
  for (const auto& matcher : {hyperscan(ruleset), make_naive_matcher(ruleset)}) {
    const auto scratch = matcher->make_scratch();
    StreamMatch stream(*matcher, Field::StreamClient, {});
    std::vector<SignatureMatch> out;
    stream.scan(as_bytes("{lo"), *scratch, out);
    stream.scan(as_bytes("gin, ag"), *scratch, out);
    REQUIRE(out.empty());
    stream.scan(as_bytes("ent} login agent"), *scratch, out);
    REQUIRE(out == std::vector<SignatureMatch>{{0, 1, 13}});
    REQUIRE(stream.scanned() == 26);
    stream.scan(as_bytes("login agent"), *scratch, out);
    REQUIRE(out.size() == 1);
  }
}

TEST_CASE("Hyperscan and the naive matcher agree, however a stream is cut", "[signature]") {
  const std::vector<Pattern> patterns{
      literal("l1", "ab"), literal("l2", "BA", true), literal("l3", "aab"), regex("r1", "a.b"), regex("r2", "(ab|ba){2,3}c"),
      regex("r3", "[^ab]{3}a", true), regex("r4", "a*b+c?d"), regex("r5", "^ab"), regex("r6", "(?s)d.{1,4}d"),
      regex("r7", "\\bc[a-d]{2,}"), regex("r8", "(?m)^d"), regex("r9", "\\x0a[ab]"), regex("r10", "c(a|ab|abc)d"),
  };
  std::vector<Pattern> whole = patterns;
  whole.push_back(regex("w1", "ab$"));
  whole.push_back(regex("w2", "cd\\b"));
  whole.push_back(regex("w3", "(cd\\b|cd )"));
  whole.push_back(regex("w4", "(?m)b$"));
  const auto ruleset = ruleset_of({signature("s", Field::StreamServer, patterns), signature("f", Field::HttpHeader, whole)});
  const auto fast = hyperscan(ruleset);
  const auto naive = make_naive_matcher(ruleset);
  REQUIRE(naive);
  std::mt19937 random(20260101);
  for (int round = 0; round < 1500; ++round) {
    std::string text;
    const std::size_t size = 1 + random() % 60;
    for (std::size_t i = 0; i < size; ++i) text.push_back("abcdABCD \n"[random() % 10]);
    INFO("text: " << text);
    const auto told = [&](const std::vector<PatternHit>& hits) { return text_of(hits, *ruleset); };
    REQUIRE(told(hits_in(*fast, Field::HttpHeader, text)) == told(hits_in(*naive, Field::HttpHeader, text)));
    const std::string reference = told(hits_in_pieces(*naive, Field::StreamServer, text, random));
    REQUIRE(told(hits_in_pieces(*fast, Field::StreamServer, text, random)) == reference);
    REQUIRE(told(hits_in_pieces(*fast, Field::StreamServer, text, random)) == reference);
  }
}

TEST_CASE("a compiled matcher survives as bytes and finds the same", "[signature]") {
  const auto ruleset = ruleset_of({signature("s", Field::StreamClient, {literal("a", "login")}),
                                   signature("f", Field::HttpPath, {regex("r", "a+b")})});
  const auto matcher = hyperscan(ruleset);
  const auto bytes = serialize(*matcher);
  REQUIRE(bytes);
  const auto restored = restore_hyperscan_matcher(ruleset, as_bytes(*bytes));
  REQUIRE(restored);
  REQUIRE(hits_in(**restored, Field::HttpPath, "xaab") == hits_in(*matcher, Field::HttpPath, "xaab"));
  REQUIRE((*restored)->open(Field::StreamClient));
  REQUIRE(serialize(**restored).value() == *bytes);
  REQUIRE(serialize(*hyperscan(ruleset)).value() == *bytes);
  REQUIRE_FALSE(serialize(*make_naive_matcher(ruleset)));
}

TEST_CASE("a compiled matcher that is damaged, cut or another ruleset's is refused", "[signature]") {
  const auto ruleset = ruleset_of({signature("f", Field::HttpPath, {regex("r", "a+b")})});
  const auto other = ruleset_of({signature("f", Field::HttpPath, {regex("r", "a+c")})});
  const std::string bytes = serialize(*hyperscan(ruleset)).value();
  REQUIRE_FALSE(restore_hyperscan_matcher(other, as_bytes(bytes)));
  REQUIRE_FALSE(restore_hyperscan_matcher(ruleset, {}));
  REQUIRE_FALSE(restore_hyperscan_matcher(ruleset, as_bytes("nothing of the kind")));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    REQUIRE_FALSE(restore_hyperscan_matcher(ruleset, as_bytes(flipped)));
    if (i % 7 == 0) REQUIRE_FALSE(restore_hyperscan_matcher(ruleset, as_bytes(std::string_view(bytes).substr(0, i))));
  }
}

TEST_CASE("patterns that are too much for Hyperscan are named in the error", "[signature]") {
  Signature s = signature("big.one", Field::HttpPath, {regex("huge", "(a.{30000}b){20}")});
  s.file = "big.yaml";
  s.patterns[0].line = 7;
  const auto matcher = make_hyperscan_matcher(ruleset_of({s}));
  REQUIRE_FALSE(matcher);
  REQUIRE(matcher.error().message.find("big.yaml:7") != std::string::npos);
}

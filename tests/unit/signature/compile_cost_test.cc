#include "scanner/signature/compile_cost.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

Pattern literal(std::string text) { return {"p", std::move(text), true, false}; }
Pattern regex(std::string text) { return {"p", std::move(text), false, false}; }

Signature signature(std::string id, Field field, std::vector<Pattern> patterns) {
  Signature s;
  s.id = std::move(id);
  s.field = field;
  s.status = SignatureStatus::Active;
  s.patterns = std::move(patterns);
  return s;
}

std::size_t bytes_of(const std::vector<const Signature*>& signatures, Field field) { return compile_cost(signatures, field).value().database_bytes; }

}  // namespace

TEST_CASE("a pattern's class says how it has to be searched", "[signature]") {
  CHECK(compile_class(literal("^a.*")) == CompileClass::Literal);
  CHECK(compile_class(regex("xmrig")) == CompileClass::Literal);
  CHECK(compile_class(regex("(?i)xmrig")) == CompileClass::Literal);
  CHECK(compile_class(regex("^abc.*x")) == CompileClass::Anchored);
  CHECK(compile_class(regex("(?i)^abc|\\Ax")) == CompileClass::Anchored);
  CHECK(compile_class(regex("(?m)^abc")) == CompileClass::Bounded);  // at every line
  CHECK(compile_class(regex("^abc|d[ef]")) == CompileClass::Bounded);
  CHECK(compile_class(regex("^[|]a")) == CompileClass::Anchored);
  CHECK(compile_class(regex("^(a|b)c")) == CompileClass::Anchored);
  CHECK(compile_class(regex("^[]|]a")) == CompileClass::Anchored);
  CHECK(compile_class(regex("ab{2,9}c")) == CompileClass::Bounded);
  CHECK(compile_class(regex("ab+c")) == CompileClass::Unbounded);
}

TEST_CASE("a signature is as dear as its dearest pattern", "[signature]") {
  CHECK(compile_class(signature("a", Field::DnsName, {regex("^a"), regex("b+c"), literal("d")})) == CompileClass::Unbounded);
  CHECK(compile_class(signature("a", Field::DnsName, {regex("^a")})) == CompileClass::Anchored);
}

TEST_CASE("the cost of compiling grows with the patterns, and nothing costs nothing", "[signature]") {
  const Signature small = signature("a", Field::StreamClient, {literal("mining.subscribe")});
  const Signature large = signature("b", Field::StreamClient, {regex("a[^\\n]{50,400}b")});
  const auto one = compile_cost({&small}, Field::StreamClient), both = compile_cost({&small, &large}, Field::StreamClient);
  REQUIRE(one);
  REQUIRE(both);
  CHECK(both->database_bytes > one->database_bytes);
  CHECK(both->stream_bytes > one->stream_bytes);
  CHECK(compile_cost({&small}, Field::DnsName)->database_bytes == 0);
  CHECK(compile_cost({}, Field::StreamServer)->stream_bytes == 0);
}

TEST_CASE("fields that are no streams have no stream's state, and deprecated signatures cost nothing", "[signature]") {
  Signature name = signature("a", Field::DnsName, {literal("pool")});
  CHECK(compile_cost({&name}, Field::DnsName)->stream_bytes == 0);
  CHECK(bytes_of({&name}, Field::DnsName) > 0);
  name.status = SignatureStatus::Deprecated;
  CHECK(bytes_of({&name}, Field::DnsName) == 0);
}

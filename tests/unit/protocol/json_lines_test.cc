#include "tests/unit/protocol/talk_fixture.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace scanner::json_lines {
Probe probe(Bytes start);
std::optional<std::size_t> resync(Bytes bytes);
}  // namespace scanner::json_lines

namespace {

const std::string kPing = R"({"id":1,"method":"mining.subscribe","params":["m/1"]})";

std::size_t asked(const Talk& talk) { return talk.seen().size(); }

Probe probe(std::string_view text) { return json_lines::probe(as_bytes(text)); }
std::optional<std::size_t> resync(std::string_view text) { return json_lines::resync(as_bytes(text)); }

}  // namespace

TEST_CASE("a JSON text is known by its first characters", "[protocol]") {
  for (const char* yes : {"{\"", "{ \"a\"", " \r\n{\n\t\"", "{}", "[{", "[[", "[\"", "[]"}) CHECK(probe(yes) == Probe::Yes);
  for (const char* more : {"", " ", "{", "[ ", "\r\n{ "}) CHECK(probe(more) == Probe::NeedMore);
  for (const char* no : {"GET /", "{a", "<html>", "\x16\x03", "{{", "[a", "123", "{1", "[2026-01-02", "[-"}) CHECK(probe(no) == Probe::No);
  CHECK(probe(std::string(kProbeBytes, ' ')) == Probe::No);
}

TEST_CASE("in mid-stream a JSON text begins a line", "[protocol]") {
  CHECK(resync("ab\",true]}\n{\"id\":1") == 11);
  CHECK(resync("x\r\n{\"id\":1") == 3);
  CHECK(resync("x\nnope\n{nope\n[{") == 13);
  CHECK_FALSE(resync("{\"id\":1"));
  CHECK_FALSE(resync("abc\n"));
  CHECK_FALSE(resync("abc\n{"));
}

TEST_CASE("texts end with a line feed, with both, or with their own bracket", "[protocol]") {
  for (const char* end : {"\n", "\r\n", "", " ", "\n\n\n"}) {
    INFO(end);
    Talk talk;
    talk.miner(kPing + end + kPing + end + kPing);
    CHECK(asked(talk) == 3);
  }
}

TEST_CASE("a text may span lines, and brackets in its strings are no brackets", "[protocol]") {
  Talk talk;
  talk.miner("{\n  \"id\": 1,\n  \"x\": [\n{\n\"a}\\\"]\": \"{[\\\\\"\n}\n],\n  \"method\": \"mining.subscribe\",\n  \"params\": []\n}\n");
  CHECK(asked(talk) == 1);
}

TEST_CASE("a line that was never finished is dropped and the next one read", "[protocol]") {
  for (const char* broken : {"{\"id\":1,\"method\":\"mining.sub\n", "{\"id\":1,\"params\":[1\n", "]]]\n", "?,;\n"}) {
    INFO(broken);
    Talk talk;
    talk.miner(kPing + "\n" + broken + kPing + "\n");
    CHECK(asked(talk) == 2);
  }
}

TEST_CASE("a line of another kind hands over, and the reader is found again", "[protocol]") {
  Talk talk;
  talk.miner(kPing + "\n").miner("GET / HTTP/1.1\r\nHost: a.test.example\r\n\r\n").miner(kPing + "\n");
  CHECK(asked(talk) == 2);
}

TEST_CASE("after a hole reading goes on with the next text", "[protocol]") {
  Talk talk;
  talk.miner(kPing + "\n" + kPing.substr(0, 20)).lose(kClient, 100).miner("\"x\"]}\n" + kPing + "\n");
  CHECK(asked(talk) == 2);
  talk.lose(kClient, 50).miner(kPing + "\n");
  CHECK(asked(talk) == 3);
}

TEST_CASE("a text of more than 64 KiB ends the reading of a flow that is no conversation", "[protocol]") {
  const std::string long_text = "{\"a\":\"" + std::string(70'000, 'x') + "\"}\n";
  Talk stranger;
  stranger.miner("{\"a\":1}\n" + long_text + kPing + "\n");
  CHECK(asked(stranger) == 0);
  Talk miner;
  miner.miner(kPing + "\n" + long_text + kPing + "\n");
  CHECK(asked(miner) == 2);
}

TEST_CASE("a share ends where its own text ends", "[protocol]") {
  const std::string submit = R"({"id":4,"method":"mining.submit","params":["u","j","00000000","5385c669","d3560b00"]})" "\n";
  Talk talk;
  talk.miner(submit + kPing + "\n").wait(60);
  talk.session().conversation().acknowledged(kServer, submit.size() - 2, {Timestamp{1'800'000'000'000'000'000}});
  CHECK(talk.seen().size() == 2);
  talk.session().conversation().acknowledged(kServer, submit.size() - 1, {Timestamp{1'800'000'000'000'000'000}});
  REQUIRE(talk.seen().size() == 3);
  CHECK(story_line(talk.seen()[2]) == "submit delivered");
}

// Several protocols on one flow, with the real catalog and the dialects that are shipped.
#include "tests/unit/protocol/talk_fixture.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

const std::string kAuthorize = R"({"id":2,"method":"mining.authorize","params":["user.rig","x"]})"
                               "\n";
const std::string kTrue2 = R"({"id":2,"result":true,"error":null})"
                           "\n";
const std::string kDifficulty = R"({"id":null,"method":"mining.set_difficulty","params":[32]})"
                                "\n";

Story story_of(const std::vector<Segment>& segments) {
  Talk talk;
  for (const Segment& segment : segments) talk.say(segment.sender, segment.bytes);
  return talk.story();
}

// What was observed when every segment is cut into pieces of `size` bytes; 0: not at all.
std::vector<std::string> observed_in_pieces(const std::vector<Segment>& segments, std::size_t size, bool start_seen) {
  Talk talk(shipped_dialects(), start_seen);
  for (const Segment& segment : segments) {
    std::vector<std::size_t> cuts;
    for (std::size_t at = size; size > 0 && at < segment.bytes.size(); at += size) cuts.push_back(at);
    talk.say(segment.sender, segment.bytes, cuts);
  }
  return described(talk.observations());
}

}  // namespace

TEST_CASE("a TLS hello answered by JSON lines is read on both sides", "[protocol]") {
  const std::vector<Segment> talk = {{kClient, sample::client_hello("pool.test.example")},
                                     {kServer, kDifficulty},
                                     {kClient, kAuthorize},
                                     {kServer, kTrue2}};
  CHECK(story_of(talk) == Story{"difficulty notified", "authorise asked", "authorise accepted"});
}

TEST_CASE("garbage before the lines of a miner is passed once the pool speaks", "[protocol]") {
  const std::vector<Segment> talk = {{kClient, "\x01\x02garbage"},
                                     {kServer, kDifficulty},
                                     {kClient, "more garbage\n" + kAuthorize},
                                     {kServer, kTrue2}};
  CHECK(story_of(talk) == Story{"difficulty notified", "authorise asked", "authorise accepted"});
}

TEST_CASE("a TLS hello behind lines, and lines behind a hello's alert, are read", "[protocol]") {
  const std::vector<Segment> talk = {{kClient, kAuthorize + sample::client_hello("pool.test.example")},
                                     {kServer, kTrue2}};
  CHECK(observed_in_pieces(talk, 0, true).size() == 3);
  const std::vector<Segment> server = {
      {kServer, sample::server_hello(false) + sample::tls_record(21, "\x02\x28") + kDifficulty}};
  CHECK(story_of(server) == Story{"difficulty notified"});
}

TEST_CASE("flows of mixed protocols are observed alike however they are cut", "[protocol]") {
  const std::string post = http_post(kAuthorize);
  const std::string node = sample::bitcoin_message(from_hex("f9beb4d9"), "verack", "");
  const std::vector<Segment> talk = {
      {kClient, sample::client_hello("pool.test.example") + kAuthorize},
      {kServer, "junk\n" + kDifficulty + kTrue2},
      {kClient, "x" + node + kAuthorize},
      {kServer, kTrue2 + http_answer(kTrue2) + kDifficulty + node + kTrue2},
      {kClient, post + kAuthorize + sample::levin_message(1002, 1, "body") + post},
      {kServer, http_answer(kTrue2) + sample::server_hello(true)},
  };
  for (const bool start_seen : {true, false}) {
    const auto whole = observed_in_pieces(talk, 0, start_seen);
    CHECK_FALSE(whole.empty());
    for (std::size_t size = 1; size < 700; ++size) {
      INFO("pieces of " << size);
      const auto cut = observed_in_pieces(talk, size, start_seen);
      if (cut != whole) CHECK(cut == whole);
    }
  }
}

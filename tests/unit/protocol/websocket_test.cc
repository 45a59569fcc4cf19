#include "scanner/protocol/websocket.h"

#include "tests/support/websocket_frames.h"
#include "tests/unit/protocol/talk_fixture.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

constexpr std::string_view kMask = "\x11\x22\x33\x44";
const std::string kAsk = "GET /ws HTTP/1.1\r\nHost: ws.test.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
const std::string kSwitch = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
const std::string kLogIn = R"({"id":2,"method":"mining.authorize","params":["user.rig","x"]})";
const std::string kTrue2 = R"({"id":2,"result":true,"error":null})";
const std::string kSubmit = R"({"params":["user.rig","job1","00000000","5385c669","d3560b00"],"id":4,"method":"mining.submit"})";
const std::string kTrue4 = R"({"id":4,"result":true,"error":null})";
const std::string kJob = R"({"type":"job","params":{"job_id":"j1","blob":")" + std::string(152, 'a') + R"(","target":"ffffff00"}})";
const std::string kShare = R"({"type":"submit","params":{"job_id":"j1","nonce":"0a0b0c0d","result":")" + std::string(64, 'b') + R"("}})";
const std::string kAuth = R"({"type":"auth","params":{"site_key":"KEY","type":"anonymous","user":null,"goal":0}})";
const std::string kAuthed = R"({"type":"authed","params":{"token":"","hashes":0}})";
const std::string kAccepted = R"({"type":"hash_accepted","params":{"hashes":256}})";

std::string up(std::string_view text, FrameKind kind = {}) { return websocket_frame(kind, text, kMask); }
std::string down(std::string_view text, FrameKind kind = {}) { return websocket_frame(kind, text); }

Talk& upgraded(Talk& talk) { return talk.miner(kAsk).pool(kSwitch); }

const Story kSession = {"authorise asked", "authorise accepted"};

}  // namespace

TEST_CASE("Stratum in WebSocket text and binary messages is read in both directions", "[protocol]") {
  for (const std::uint8_t opcode : {std::uint8_t{1}, std::uint8_t{2}})
    for (const char* end : {"", "\n"}) {
      Talk talk;
      upgraded(talk).miner(up(kLogIn + end, {opcode})).pool(down(kTrue2 + end, {opcode}));
      talk.miner(up(kSubmit + end, {opcode})).pool(down(kTrue4 + end, {opcode}));
      CHECK(talk.story() == Story{"authorise asked", "authorise accepted", "submit asked", "submit accepted"});
      if (opcode == 1) CHECK(talk.seen()[0].host == "ws.test.example");
    }
}

TEST_CASE("fragments with control frames between them are one message", "[protocol]") {
  Talk talk;
  upgraded(talk).miner(up(kLogIn.substr(0, 20), {1, false}) + up("are you there", {9}) + up(kLogIn.substr(20, 5), {0, false}) + up(kLogIn.substr(25), {0}));
  talk.pool(down("are you there", {10}) + down(kTrue2));
  CHECK(talk.story() == kSession);
}

TEST_CASE("a binary stream may be cut anywhere into messages", "[protocol]") {
  Talk talk;
  upgraded(talk);
  for (const char c : kLogIn) talk.miner(up(std::string(1, c), {2}));
  talk.pool(down(kTrue2.substr(0, 7), {2}) + down(kTrue2.substr(7) + "\n", {2}));
  CHECK(talk.story() == kSession);
}

TEST_CASE("a text message that is no JSON hides none that follows", "[protocol]") {
  Talk talk;
  upgraded(talk).miner(up("2probe") + up("{\"half\": ") + up("") + up(kLogIn)).pool(down("GET ready") + down("x{") + down(kTrue2));
  CHECK(talk.story() == kSession);
}

TEST_CASE("frames of all lengths are read", "[protocol]") {
  for (const std::size_t filler : {std::size_t{0}, std::size_t{200}, std::size_t{60000}, std::size_t{66000}}) {
    Talk talk;
    upgraded(talk).miner(up(kLogIn + std::string(filler, ' '))).pool(down(std::string(filler, ' ') + kTrue2));
    CHECK(talk.story() == kSession);
  }
}

TEST_CASE("compressed messages are read, with and without context, with windows of any size", "[protocol]") {
  for (const bool keeps : {true, false})
    for (const int bits : {9, 12, 15}) {
      MessageDeflater ours(keeps, bits), theirs(keeps, bits);
      const FrameKind kind{1, true, true};
      Talk talk;
      upgraded(talk).miner(up(ours.message(kLogIn), kind)).pool(down(theirs.message(kTrue2), kind));
      for (int i = 0; i < 3; ++i) talk.miner(up(ours.message(kSubmit), kind)).pool(down(theirs.message(kTrue4), kind));
      CHECK(talk.story().size() == 8);
      CHECK(talk.story().back() == "submit accepted");
    }
}

TEST_CASE("a compressed message in fragments, and plain ones between, are read", "[protocol]") {
  MessageDeflater ours(true);
  const std::string first = ours.message(kLogIn), second = ours.message(kLogIn);
  Talk talk;
  upgraded(talk).miner(up(first.substr(0, 9), {1, false, true}) + up("", {9}) + up(first.substr(9), {0}) + up("{}") + up(second, {1, true, true}));
  CHECK(talk.story() == Story{"authorise asked", "authorise asked"});
}

TEST_CASE("browser miners of both families climb to an accepted share, and are the client", "[protocol]") {
  Talk hive;
  upgraded(hive).miner(up(kAuth)).pool(down(kAuthed) + down(kJob)).miner(up(kShare)).pool(down(kAccepted));
  CHECK(hive.story() == Story{"authorise asked", "authorise accepted", "job notified", "submit asked", "submit accepted"});
  for (const MiningSeen& seen : hive.seen()) {
    CHECK(seen.web);
    CHECK(seen.miner == kClient);
    CHECK(seen.dialect == "web-coinhive");
  }
  const std::string work = R"({"identifier":"job","job_id":"7","algo":"cn","blob":")" + std::string(152, 'a') + R"(","target":"ffffff00"})";
  Talk pool;
  upgraded(pool).miner(up(R"({"identifier":"handshake","pool":"pool.test.example","login":"WALLET","password":"x","userid":"","version":7})"));
  pool.pool(down(work)).pool(down(work)).miner(up(R"({"identifier":"solved","job_id":"7","nonce":"0a0b0c0d","result":")" + std::string(64, 'c') + R"("})"));
  pool.pool(down(R"({"identifier":"hashsolved"})" "\n"));
  CHECK(pool.story() == Story{"authorise asked", "authorise accepted", "job notified", "job notified", "submit asked", "submit accepted"});
  CHECK(pool.seen()[0].host == "pool.test.example");
  CHECK(pool.seen()[0].worker == "WALLET");
  for (const MiningSeen& seen : pool.seen()) CHECK(seen.web);
}

TEST_CASE("browser miners that are refused or banned accepted nothing", "[protocol]") {
  for (const char* refusal : {R"({"type":"error","params":{"error":"invalid_site_key"}})", R"({"type":"banned","params":{"banned":1}})"}) {
    Talk talk;
    upgraded(talk).miner(up(kAuth)).pool(down(refusal));
    CHECK(talk.story() == Story{"authorise asked", "authorise refused"});
  }
  Talk talk;
  upgraded(talk).miner(up(R"({"identifier":"handshake","login":"W","version":7})")).pool(down(R"({"identifier":"error","param":"banned"})"));
  CHECK(talk.story() == Story{"authorise asked", "authorise refused"});
}

TEST_CASE("browser dialects are spoken in WebSockets alone", "[protocol]") {
  Talk talk;
  talk.miner(kAuth + "\n").pool(kAuthed + "\n" + kJob + "\n").miner(kShare + "\n").pool(kAccepted + "\n");
  CHECK(talk.story().empty());
}

TEST_CASE("a share in a frame is delivered when all of the frame is", "[protocol]") {
  Talk talk;
  upgraded(talk).miner(up(kLogIn)).pool(down(kTrue2)).miner(up(kSubmit));
  talk.acknowledge(kServer).wait(60).end();
  CHECK(talk.story().back() == "submit delivered");
}

TEST_CASE("a hole inside a plain message costs that message, any other the rest", "[protocol]") {
  Talk inside;
  const std::string frame = up(std::string(200, ' ') + kLogIn);
  upgraded(inside).miner(frame.substr(0, 100)).lose(kClient, 50).miner(frame.substr(150) + up(kLogIn));
  CHECK(inside.story() == Story{"authorise asked"});
  Talk across;
  upgraded(across).miner(frame.substr(0, 100)).lose(kClient, frame.size() - 98).miner(up(kLogIn));
  CHECK(across.story().empty());
  MessageDeflater ours(true);
  const std::string packed = up(ours.message(kLogIn), {1, true, true});
  Talk compressed;
  upgraded(compressed).miner(up(kLogIn)).miner(packed.substr(0, 20)).lose(kClient, 10).miner(packed.substr(30) + up(kLogIn));
  CHECK(compressed.story() == Story{"authorise asked"});
}

TEST_CASE("what breaks the framing ends the reading", "[protocol]") {
  for (const std::string& bad : {up("x", {3}), up("x", {0}), up("x", {1, false}) + up("y", {1}), up("", {9, false}), up(std::string(126, 'x'), {9}),
                                 std::string("\x91\x80\0\0\0\0", 6), std::string("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10)}) {
    Talk talk;
    upgraded(talk).miner(up(kLogIn)).miner(bad + up(kLogIn));
    CHECK(talk.story() == Story{"authorise asked"});
  }
  Talk closed;
  upgraded(closed).miner(up("", {8}) + up(kLogIn));
  CHECK(closed.story().empty());
}

TEST_CASE("bombs and broken compression end the reading", "[protocol]") {
  MessageDeflater bomber(true);
  for (const std::string& payload : {bomber.message(std::string(8 << 20, ' ')), std::string("\xff\xff\xff\xff")}) {
    Talk talk;
    upgraded(talk).miner(up(kLogIn)).miner(up(payload, {1, true, true}) + up(kLogIn));
    CHECK(talk.story() == Story{"authorise asked"});
  }
}

TEST_CASE("a WebSocket of other matters is left after 256 KiB", "[protocol]") {
  Talk talk;
  upgraded(talk);
  for (int i = 0; i < 16; ++i) talk.miner(up(std::string(16 << 10, 'x')));
  talk.miner(up(kLogIn));
  CHECK(talk.story().empty());
}

TEST_CASE("a WebSocket is read from either side alone", "[protocol]") {
  Talk client;
  client.miner(kAsk).miner(up(kLogIn));
  CHECK(client.story() == Story{"authorise asked"});
  Talk server;
  server.pool(kSwitch + down(kJob));
  CHECK(server.story() == Story{"job notified"});
  MessageDeflater ours(true);
  const std::string packed = ours.message(kLogIn);
  Talk fragment;  // whose first byte is a letter
  fragment.miner(kAsk).miner(up(packed.substr(0, 5), {1, false, true}) + up(packed.substr(5), {0}));
  CHECK(fragment.story() == Story{"authorise asked"});
}

TEST_CASE("an upgrade that was refused leaves HTTP", "[protocol]") {
  Talk talk;
  talk.miner(kAsk).pool("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").miner(http_post(R"({"id":1,"method":"getwork","params":[]})"));
  CHECK(talk.story() == Story{"getwork asked"});
}

TEST_CASE("a chat with job and submit in its vocabulary, a ticker and GraphQL are no mining", "[protocol]") {
  Talk talk;
  upgraded(talk);
  talk.miner(up(R"({"type":"auth","params":{"token":"abc","type":"user"}})")).pool(down(R"({"type":"authed","params":{"hashes":0}})"));
  talk.pool(down(R"({"type":"job","params":{"job_id":"7","title":"painter","target":"house"}})"));
  talk.miner(up(R"({"type":"submit","params":{"job_id":"7","nonce":"1","result":"done"}})")).pool(down(R"({"type":"hash_accepted","params":{"hashes":1}})"));
  talk.pool(down(R"({"e":"trade","s":"BTCUSDT","p":"64000.10"})")).miner(up(R"({"type":"connection_init","payload":{}})"));
  talk.pool(down(R"({"type":"next","id":"1","payload":{"data":{"jobs":[{"id":1}]}}})"));
  talk.miner(up(R"({"command":"subscribe","identifier":"{\"channel\":\"JobChannel\"}"})"));
  CHECK(talk.observations().size() == 1);  // the HTTP request
}

TEST_CASE("WebSockets read alike however they are cut", "[protocol]") {
  MessageDeflater ours(true), theirs(true);
  const FrameKind packed{1, true, true};
  const std::string share = up(ours.message(kShare), packed), again = up(ours.message(kShare), packed);
  const std::vector<Segment> segments = {
      {kClient, kAsk}, {kServer, kSwitch}, {kClient, up(kAuth) + up("x", {9})}, {kServer, down(kAuthed, {1, false}) + down("", {0}) + down(kJob)},
      {kClient, share + again}, {kServer, down(theirs.message(kAccepted), packed) + down("{", {2}) + down("}", {2})}};
  const auto observed = [&](std::size_t piece) {
    Talk talk;
    for (const Segment& segment : segments) {
      std::vector<std::size_t> cuts;
      for (std::size_t at = piece; piece > 0 && at < segment.bytes.size(); at += piece) cuts.push_back(at);
      talk.say(segment.sender, segment.bytes, cuts);
    }
    return described(talk.observations());
  };
  const auto whole = observed(0);
  CHECK(whole.size() >= 7);
  for (std::size_t piece = 1; piece < 150; ++piece) CHECK(observed(piece) == whole);
}

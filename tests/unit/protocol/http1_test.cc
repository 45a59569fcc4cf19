#include "scanner/protocol/http1_head.h"
#include "tests/support/websocket_frames.h"
#include "tests/unit/protocol/talk_fixture.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace scanner::http1 {
std::optional<std::size_t> resync(Bytes bytes);
}  // namespace scanner::http1

namespace {

const std::string kGetWork = R"({"id":1,"method":"eth_getWork","params":[]})";
const std::string kWork = R"({"id":1,"result":["0x)" + std::string(64, 'a') + R"(","0x)" + std::string(64, 'b') +
                          R"(","0x)" + std::string(60, '1') + R"("]})";

std::vector<HttpRequestSeen> requests(const Talk& talk) {
  std::vector<HttpRequestSeen> found;
  for (const Observation& observation : talk.observations())
    if (const auto* what = std::get_if<HttpRequestSeen>(&observation.what)) found.push_back(*what);
  return found;
}

Probe probe(std::string_view text) { return probe_http(as_bytes(text)); }

std::string chunked(std::string_view body, std::size_t size) {
  std::string all = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::size_t at = 0; at < body.size(); at += size) {
    const std::string_view piece = body.substr(at, size);
    char line[16];
    std::snprintf(line, sizeof line, "%zx;x=y\r\n", piece.size());
    all += line + std::string(piece) + "\r\n";
  }
  return all + "0\r\nTrailer: x\r\n\r\n";
}

}  // namespace

TEST_CASE("an HTTP message is known by its method or version", "[protocol]") {
  for (const char* yes : {"GET / HTTP/1.1", "POST /x", "HTTP/1.1 200", "OPTIONS * HTTP/1.1", "GET http://x/", "CONNECT a:443 "})
    CHECK(probe(yes) == Probe::Yes);
  for (const char* more : {"", "G", "POST", "POST ", "HTTP/1.", "P"}) CHECK(probe(more) == Probe::NeedMore);
  for (const char* no : {"SSH-2.0", "EHLO x", "HTTP/2.0", "GETX /", "OPTIONS sip:a", "{", "\x16\x03", "RETR /x"})
    CHECK(probe(no) == Probe::No);
}

TEST_CASE("in mid-stream an HTTP message begins a line", "[protocol]") {
  const auto resync = [](std::string_view text) { return http1::resync(as_bytes(text)); };
  CHECK(resync("body\r\nGET / HTTP/1.1") == 6);
  CHECK(resync("body\nHTTP/1.1 200 OK") == 5);
  CHECK_FALSE(resync("GET / HTTP/1.1"));
  CHECK_FALSE(resync("body\r\nGETTING"));
}

TEST_CASE("of a head the fields that matter are read, whatever their case and line ends", "[protocol]") {
  const auto head = read_http_head(
      "POST /a b HTTP/1.1\nHOST:  pool.test.example \ncontent-LENGTH: 12\nContent-Length: 99\n"
      "Transfer-Encoding: gzip, Chunked\r\nUser-Agent: m/1\r\nx-mining-extensions: longpoll\r\nno colon\r\n\r\n");
  REQUIRE(head);
  CHECK(head->request);
  CHECK(head->method == "POST");
  CHECK(head->target == "/a b");
  CHECK(head->host == "pool.test.example");
  CHECK(head->user_agent == "m/1");
  CHECK(head->content_length == 12u);
  CHECK(head->chunked);
  CHECK(head->mining_header);
  CHECK(read_http_head("HTTP/1.0 404 Not Found\r\n\r\n")->status == 404);
  for (const char* no : {"", "GET\r\n\r\n", "GET / HTTP/2\r\n\r\n", "HTTP/1.1\r\n\r\n", "HTTP/1.1 x\r\n\r\n"}) CHECK_FALSE(read_http_head(no));
}

TEST_CASE("each request is told, with its name and agent", "[protocol]") {
  Talk talk;
  talk.miner("GET /a HTTP/1.1\r\nHost: a.test.example\r\nUser-Agent: curl/8\r\n\r\nHEAD /b HTTP/1.1\r\nHost: b.test.example\r\n\r\n");
  talk.pool(http_answer("hello") + "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
  talk.miner("GET /c HTTP/1.1\r\n\r\n");
  const auto seen = requests(talk);
  REQUIRE(seen.size() == 3);
  CHECK(seen[0].host == "a.test.example");
  CHECK(seen[0].target == "/a");
  CHECK(seen[0].user_agent == "curl/8");
  CHECK(seen[1].method == "HEAD");
  CHECK(seen[2].target == "/c");
  CHECK(talk.story().empty());
}

TEST_CASE("bodies of known length, in chunks and until the end bring answers", "[protocol]") {
  const std::string until_close = "HTTP/1.0 200 OK\r\n\r\n " + kWork;
  const std::string once_more = "HTTP/1.1 100 Continue\r\n\r\n" + http_answer(kWork);
  for (const std::string& answer : {http_answer(kWork), chunked(kWork, 7), chunked(kWork, 1000), until_close, once_more}) {
    INFO(answer);
    Talk talk;
    talk.miner(http_post(kGetWork)).pool(answer);
    CHECK(talk.story() == Story{"getwork asked", "getwork accepted"});
  }
}

TEST_CASE("compressed bodies of requests and answers are read like plain ones", "[protocol]") {
  for (const auto& [form, header] : {std::pair(DeflateForm::Gzip, "Content-Encoding: gzip\r\n"), std::pair(DeflateForm::Gzip, "content-encoding: x-gzip\r\n"),
                                     std::pair(DeflateForm::Zlib, "Content-Encoding: deflate\r\n"), std::pair(DeflateForm::Raw, "Content-Encoding: deflate\r\n")}) {
    INFO(header);
    const std::string packed = deflated(" " + kWork, form);
    std::string in_chunks = chunked(packed, 20);
    in_chunks.insert(in_chunks.find("\r\n") + 2, header);
    for (const std::string& answer : {http_answer(packed, "200 OK", header), in_chunks, "HTTP/1.0 200 OK\r\n" + std::string(header) + "\r\n" + packed}) {
      Talk talk;
      talk.miner(http_post(deflated(kGetWork, form), "/", header)).pool(answer);
      CHECK(talk.story() == Story{"getwork asked", "getwork accepted"});
    }
  }
  Talk transfer;
  std::string coded = chunked(deflated(kWork, DeflateForm::Gzip), 30);
  coded.replace(coded.find("chunked"), 7, "gzip, chunked");
  transfer.miner(http_post(kGetWork)).pool(coded);
  CHECK(transfer.story() == Story{"getwork asked", "getwork accepted"});
}

TEST_CASE("a compressed body that cannot be read answers nothing, one of other text refuses", "[protocol]") {
  const std::string gzip = "Content-Encoding: gzip\r\n";
  for (const std::string& body : {std::string("no gzip at all"), deflated(std::string(20 << 20, ' '), DeflateForm::Gzip)}) {
    Talk talk;
    talk.miner(http_post(kGetWork)).pool(http_answer(body, "200 OK", gzip)).miner(http_post(kGetWork)).pool(http_answer(kWork));
    CHECK(talk.story() == Story{"getwork asked", "getwork asked", "getwork accepted"});
  }
  Talk other;
  other.miner(http_post(kGetWork)).pool(http_answer(kWork, "200 OK", "Content-Encoding: br\r\n"));
  CHECK(other.story() == Story{"getwork asked"});
  Talk html;
  html.miner(http_post(kGetWork)).pool(http_answer(deflated("<html>", DeflateForm::Gzip), "200 OK", gzip));
  CHECK(html.story() == Story{"getwork asked", "getwork refused"});
}

TEST_CASE("requests in chunks are read too", "[protocol]") {
  std::string request = chunked(kGetWork, 10);
  request.replace(0, request.find("\r\n"), "POST / HTTP/1.1");
  Talk talk;
  talk.miner(request + request).pool(http_answer(kWork) + http_answer(kWork));
  CHECK(talk.story() == Story{"getwork asked", "getwork asked", "getwork accepted", "getwork accepted"});
}

TEST_CASE("an answer belongs to the request of the same place, whatever its id", "[protocol]") {
  Talk talk;
  talk.miner("GET / HTTP/1.1\r\n\r\n" + http_post(kGetWork) + "HEAD / HTTP/1.1\r\n\r\n" + http_post(kGetWork));
  talk.pool(http_answer(kWork));
  CHECK(talk.story() == Story{"getwork asked", "getwork asked"});
  std::string other_id = kWork;
  other_id.replace(0, 7, "{\"id\":73");
  talk.pool(http_answer(other_id));
  CHECK(talk.story().back() == "getwork accepted");
  // The answer to HEAD has a length and no body.
  talk.pool("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + http_answer("nothing", "503 Busy"));
  CHECK(talk.story() == Story{"getwork asked", "getwork asked", "getwork accepted", "getwork refused"});
}

TEST_CASE("an answer without JSON refuses", "[protocol]") {
  for (const std::string& answer :
       {http_answer("404 page not found", "404 Not Found"), http_answer(""), http_answer("<html>"), http_answer("  "),
        std::string("HTTP/1.1 204 No Content\r\n\r\n"), chunked("Database Error", 14), http_answer("{broken"),
        std::string("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n400 Bad Request"), http_answer("{}")}) {
    INFO(answer);
    Talk talk;
    talk.miner(http_post(kGetWork)).pool(answer);
    CHECK(talk.story() == Story{"getwork asked", "getwork refused"});
  }
}

TEST_CASE("an answer whose encoding is not read neither grants nor refuses", "[protocol]") {
  Talk talk;
  talk.miner(http_post(kGetWork)).pool(http_answer("\x1f\x8b\x08", "200 OK", "Content-Encoding: gzip\r\n"));
  CHECK(talk.story() == Story{"getwork asked"});
}

TEST_CASE("a long poll is a request by its headers alone, and its answer may be late", "[protocol]") {
  const std::string work = R"({"result":{"data":")" + std::string(256, '0') + R"(","target":")" + std::string(64, 'f') + R"("},"error":null,"id":0})";
  Talk talk;
  talk.miner("GET /lp HTTP/1.1\r\nHost: pool.test.example\r\nX-Mining-Extensions: longpoll\r\n\r\n").wait(900).pool(http_answer(work));
  REQUIRE(talk.story() == Story{"getwork asked", "getwork accepted"});
  CHECK(talk.seen()[1].solo);
  CHECK(talk.seen()[0].host == "pool.test.example");
  Talk browser;
  browser.miner("GET /lp HTTP/1.1\r\nHost: pool.test.example\r\n\r\n").pool(http_answer(work));
  CHECK(browser.story().empty());
}

TEST_CASE("a bare line may answer an HTTP request", "[protocol]") {
  Talk by_id;
  by_id.miner(http_post(kGetWork)).pool(kWork + "\n");
  CHECK(by_id.story() == Story{"getwork asked", "getwork accepted"});
  Talk refused;
  refused.miner(http_post(kGetWork)).pool("{\"id\":999,\"result\":null,\"error\":[20,\"Invalid JSON request\"]}\n{\"id\":999,\"error\":\"x\"}\n");
  CHECK(refused.story() == Story{"getwork asked", "getwork refused"});
  Talk other;
  other.miner(http_post(kGetWork)).pool("{\"id\":999,\"result\":true,\"error\":null}\n");
  CHECK(other.story() == Story{"getwork asked"});
}

TEST_CASE("what follows an upgrade or a tunnel is looked at anew", "[protocol]") {
  const std::string subscribe = R"({"id":1,"method":"mining.subscribe","params":["m/1"]})" "\n";
  Talk upgraded;
  upgraded.miner("GET /ws HTTP/1.1\r\nUpgrade: x\r\n\r\n").pool("HTTP/1.1 101 Switching Protocols\r\n\r\n").miner(subscribe).pool("{\"id\":1,\"result\":[],\"error\":null}\n");
  CHECK(upgraded.story() == Story{"subscribe asked", "subscribe accepted"});
  Talk tunnel;
  tunnel.miner("CONNECT pool.test.example:3333 HTTP/1.1\r\n\r\n").pool("HTTP/1.1 200 Connection established\r\n\r\n").miner(subscribe);
  CHECK(tunnel.story() == Story{"subscribe asked"});
  CHECK(tunnel.seen()[0].host == "pool.test.example");
  CHECK(tunnel.seen()[0].tunnelled);
}

TEST_CASE("a tunnel is named by its target, of which a refusal leaves nothing", "[protocol]") {
  const std::string login = R"({"id":2,"method":"mining.authorize","params":["user.rig","x"]})" "\n";
  const std::string yes = R"({"id":2,"result":true,"error":null})" "\n";
  Talk again;
  again.miner("CONNECT a.test.example:3333 HTTP/1.1\r\n\r\n").pool(http_answer("log in", "407 Proxy Authentication Required"));
  again.miner("CONNECT [2001:db8::7]:3333 HTTP/1.1\r\nHost: x\r\n\r\n").pool("HTTP/1.1 200 OK\r\n\r\n").miner(login).pool(yes);
  REQUIRE(again.story() == Story{"authorise asked", "authorise accepted"});
  CHECK(again.seen()[0].host == "[2001:db8::7]:3333");
  CHECK(requests(again)[0].host == "a.test.example:3333");
  Talk refused;
  refused.miner("CONNECT a.test.example:3333 HTTP/1.1\r\n\r\n").pool(http_answer("no", "403 Forbidden")).miner(http_post(kGetWork));
  REQUIRE(refused.story() == Story{"getwork asked"});
  CHECK_FALSE(refused.seen()[0].tunnelled);
  Talk answers;  // the proxy's side alone
  answers.pool("HTTP/1.1 200 Connection established\r\n\r\n").pool(R"({"id":null,"method":"mining.set_difficulty","params":[32]})" "\n");
  CHECK(answers.story() == Story{"difficulty notified"});
}

TEST_CASE("a hole inside a body is passed over, elsewhere the next message is looked for", "[protocol]") {
  Talk body;
  body.miner(http_post(kGetWork)).pool("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<html>").lose(kServer, 994);
  body.miner(http_post(kGetWork)).pool(http_answer(kWork));
  CHECK(body.story() == Story{"getwork asked", "getwork refused", "getwork asked", "getwork accepted"});
  Talk head;
  head.miner(http_post(kGetWork)).pool("HTTP/1.1 200 OK\r\nServer: x").lose(kServer, 100);
  head.miner(http_post(kGetWork)).pool("rest\r\n" + http_answer(kWork));
  CHECK(head.story() == Story{"getwork asked", "getwork asked", "getwork accepted"});
}

TEST_CASE("a template of which a part was lost is still a template", "[protocol]") {
  const std::string request = R"({"id":1,"method":"getblocktemplate","params":[]})";
  const std::string body = R"({"id":1,"result":{"version":2,"previousblockhash":")" + std::string(64, '0') + R"(","transactions":[)" + std::string(500, ' ');
  Talk talk;
  talk.miner(http_post(request)).pool("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + body).lose(kServer, 1000);
  CHECK(talk.story() == Story{"getwork asked", "getwork accepted"});
  Talk nothing;
  nothing.miner(http_post(request)).pool("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{\"id\":1,\"result\":{").lose(kServer, 1000);
  CHECK(nothing.story() == Story{"getwork asked"});
}

TEST_CASE("large answers are read to 4 MiB and large requests to 64 KiB, but for blocks", "[protocol]") {
  const std::string request = R"({"id":1,"method":"getblocktemplate","params":[]})";
  const std::string answer = R"({"id":1,"result":{"transactions":[{"data":")" + std::string(3 << 20, 'a') + R"("}],"previousblockhash":")" + std::string(64, '0') + R"("}})";
  Talk talk;
  talk.miner(http_post(request)).pool(http_answer(answer));
  CHECK(talk.story() == Story{"getwork asked", "getwork accepted"});
  Talk block;
  block.miner(http_post(R"({"id":1,"method":"submitblock","params":[")" + std::string(300'000, 'a') + R"("]})")).pool(http_answer(R"({"id":1,"result":null,"error":null})"));
  CHECK(block.story() == Story{"submit asked", "submit accepted"});
  Talk upload;
  upload.miner(http_post(R"({"id":1,"x":")" + std::string(300'000, 'a') + R"(","method":"getblocktemplate","params":[]})"));
  CHECK(upload.story().empty());
}

TEST_CASE("heads and chunk lines without end are given up", "[protocol]") {
  Talk head;
  head.miner("GET /" + std::string(70'000, 'x'));
  CHECK(requests(head).empty());
  Talk chunk;
  chunk.miner(http_post(kGetWork)).pool("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
  CHECK(chunk.story() == Story{"getwork asked"});
}

TEST_CASE("HTTP is read alike however it is cut", "[protocol]") {
  const std::vector<Segment> segments = {
      {kClient, "GET /a HTTP/1.1\r\nHost: a.test.example\r\n\r\n" + http_post(kGetWork) + kGetWork + "\n"},
      {kServer, http_answer("hello") + chunked(kWork, 50) + kWork + "\n"},
  };
  const auto observed = [&](std::size_t cut) {
    Talk talk;
    for (const Segment& segment : segments) {
      std::vector<std::size_t> cuts;
      for (std::size_t at = cut; at > 0 && at < segment.bytes.size(); at += cut) cuts.push_back(at);
      talk.say(segment.sender, segment.bytes, cuts);
    }
    return described(talk.observations());
  };
  const auto whole = observed(0);
  CHECK(whole.size() == 6);
  for (std::size_t cut = 1; cut < 600; ++cut) {
    INFO(cut);
    if (observed(cut) != whole) CHECK(observed(cut) == whole);
  }
}

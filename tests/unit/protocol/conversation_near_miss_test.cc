// What looks like mining and is not must say nothing, or nothing beyond a request.
#include "tests/unit/protocol/talk_fixture.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

void check_silent(Talk& talk) { CHECK(talk.story() == Story{}); }

}  // namespace

TEST_CASE("an Electrum client is no miner", "[protocol]") {
  Talk talk;
  talk.miner(R"({"id":0,"method":"server.version","params":["electrum/4.5","1.4"]})" "\n")
      .pool(R"({"id":0,"jsonrpc":"2.0","result":["ElectrumX 1.16","1.4"]})" "\n")
      .miner(R"({"id":1,"method":"blockchain.headers.subscribe","params":[]})" "\n")
      .pool(R"({"id":1,"jsonrpc":"2.0","result":{"height":1,"hex":"00"}})" "\n")
      .miner(R"({"id":2,"method":"blockchain.transaction.broadcast","params":["00ff"]})" "\n")
      .pool(R"({"id":2,"jsonrpc":"2.0","result":")" + std::string(64, 'a') + "\"}\n")
      .pool(R"({"jsonrpc":"2.0","method":"blockchain.headers.subscribe","params":[{"height":2,"hex":"00"}]})" "\n");
  check_silent(talk);
}

TEST_CASE("a language server is no pool", "[protocol]") {
  const auto framed = [](const std::string& body) { return "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body; };
  Talk talk;
  talk.miner(framed(R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":1}})"))
      .pool(framed(R"({"jsonrpc":"2.0","id":1,"result":{"capabilities":{}}})"))
      .miner(framed(R"({"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"text":"{\"method\":\"mining.subscribe\"}"}})"));
  check_silent(talk);
}

TEST_CASE("a wallet's calls to its node are no mining", "[protocol]") {
  Talk talk;
  for (const char* call : {R"({"method":"getbalance","params":[],"id":1})", R"({"method":"getmininginfo","params":[],"id":2})",
                           R"({"method":"submitblock","params":[],"id":3})", R"({"method":"eth_call","params":[{}],"id":4})",
                           R"({"method":"eth_blockNumber","params":[],"id":5})", R"([{"method":"getinfo","id":1},{"method":"getdifficulty","id":2}])"})
    talk.miner(http_post(call)).pool(http_answer(R"({"id":1,"result":true,"error":null})"));
  check_silent(talk);
}

TEST_CASE("hashes that an Ethereum node lists are no work", "[protocol]") {
  const std::string hashes = R"({"id":5,"jsonrpc":"2.0","result":["0x)" + std::string(64, '1') + R"(","0x)" + std::string(64, '2') + R"(","0x)" + std::string(64, '3') + R"("]})";
  Talk talk;
  talk.miner(R"({"id":5,"method":"eth_getFilterChanges","params":["0x1"]})" "\n").pool(hashes + "\n");
  check_silent(talk);
}

TEST_CASE("a job queue that logs in, takes jobs and submits is no pool", "[protocol]") {
  Talk talk;
  talk.miner(R"({"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"bob","pass":"secret"}})" "\n")
      .pool(R"({"id":1,"jsonrpc":"2.0","result":{"id":"s1","status":"OK","job":{"job_id":"7","task":"resize"}},"error":null})" "\n")
      .pool(R"({"jsonrpc":"2.0","method":"job","params":{"job_id":"8","blob":"deadbeef","target":"thumbnail"}})" "\n")
      .miner(R"({"id":2,"jsonrpc":"2.0","method":"submit","params":{"id":"s1","job_id":"8","result":"done"}})" "\n")
      .pool(R"({"id":2,"jsonrpc":"2.0","result":{"status":"OK"},"error":null})" "\n")
      .miner(R"({"id":3,"jsonrpc":"2.0","method":"keepalived","params":{"id":"s1"}})" "\n")
      .pool(R"({"id":3,"jsonrpc":"2.0","result":{"status":"KEEPALIVED"},"error":null})" "\n")
      .miner(R"({"id":4,"jsonrpc":"2.0","method":"getjob","params":{"id":"s1"}})" "\n")
      .pool(R"({"id":4,"jsonrpc":"2.0","result":{"job_id":"9","blob":"00","target":"x"},"error":null})" "\n");
  check_silent(talk);
}

TEST_CASE("a service that names an agent at log-in gets no further than the request", "[protocol]") {
  Talk talk;
  talk.miner(R"({"id":1,"method":"login","params":{"login":"bob","pass":"secret","agent":"app/1.0"}})" "\n")
      .pool(R"({"id":1,"result":{"id":"s1","status":"OK"},"error":null})" "\n")
      .miner(R"({"id":2,"method":"submit","params":{"id":"s1","job_id":"8","nonce":"zz","result":"done"}})" "\n")
      .pool(R"({"id":2,"result":{"status":"OK"},"error":null})" "\n");
  for (const MiningSeen& seen : talk.seen()) CHECK((seen.outcome == MiningOutcome::Asked || seen.outcome == MiningOutcome::Refused));
}

TEST_CASE("text that quotes mining messages is text", "[protocol]") {
  const std::string quoted = R"({\"id\":1,\"method\":\"mining.subscribe\",\"params\":[]}\n{\"id\":2,\"method\":\"login\"})";
  Talk lines;
  lines.miner(R"({"level":"info","message":")" + quoted + "\"}\n").miner(R"({"log":{"id":1,"method":"mining.authorize","params":["a","x"]}})" "\n")
      .miner(R"([["mining.subscribe"],{"data":[{"method":"mining.submit"}]}])" "\n").miner(R"({"text":"mining.notify","method":7})" "\n")
      .pool(R"({"id":1,"result":true,"error":null})" "\n");
  check_silent(lines);
  Talk http;
  http.miner(http_post(R"({"sql":"select ')" + quoted + R"('","jsonrpc":"2.0","id":1,"method":"query"})")).pool(http_answer(R"({"rows":[{"method":"mining.notify"}]})"))
      .miner("GET /log HTTP/1.1\r\n\r\n").pool(http_answer(R"({"id":1,"method":"mining.notify","params":["1"],"result":true})"));
  check_silent(http);
  Talk page;
  page.miner("GET / HTTP/1.1\r\n\r\n").pool(http_answer("<pre>\n{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[]}\nPOST / HTTP/1.1\n\n{\"method\":\"getwork\"}</pre>"));
  check_silent(page);
}

TEST_CASE("an echo of the miner's own words is no conversation", "[protocol]") {
  Talk talk;
  for (const char* line : {R"({"id":1,"method":"mining.subscribe","params":["probe/1"]})" "\n", R"({"id":2,"method":"mining.authorize","params":["a","x"]})" "\n",
                           R"({"id":2,"result":true,"error":null})" "\n"})
    talk.miner(line).pool(line);
  for (const MiningSeen& seen : talk.seen()) CHECK(seen.miner == kClient);
  CHECK(talk.story() == Story{"subscribe asked", "authorise asked"});
}

TEST_CASE("a flow of other JSON is given up, and a mining one is not", "[protocol]") {
  const std::string subscribe = R"({"id":1,"method":"mining.subscribe","params":["m/1"]})" "\n";
  std::string other;
  for (std::uint32_t i = 0; i < Conversation::kMaxForeign + 1; ++i) other += R"({"jsonrpc":"2.0","id":1,"method":"tick"})" "\n";
  Talk stranger;
  stranger.miner(other).miner(subscribe);
  check_silent(stranger);
  Talk talk;
  talk.miner(subscribe).miner(other).miner(subscribe);
  CHECK(talk.story() == Story{"subscribe asked", "subscribe asked"});
}

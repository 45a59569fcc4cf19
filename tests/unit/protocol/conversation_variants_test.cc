// What the dialects of single coins ask of the engine: other envelopes, answers by name, and
// log-ins that a word grants.
#include "tests/unit/protocol/talk_fixture.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

std::string text_line(std::string_view json) { return std::string(json) + "\n"; }
const std::string kGrinLogIn = text_line(
    R"({"id":"1","jsonrpc":"2.0","method":"login","params":{"login":"a","pass":"x","agent":"grin-miner"}})");
const std::string kGrinOk = text_line(R"({"id":"1","jsonrpc":"2.0","method":"login","result":"ok","error":null})");
const std::string kGrinJob = text_line(
    R"({"id":"Stratum","jsonrpc":"2.0","method":"job","params":{"difficulty":1,"height":5,"job_id":9,"pre_pow":")" +
    std::string(476, 'a') + R"("}})");

}  // namespace

TEST_CASE("a log-in that a word granted counts once the dialect has shown itself", "[protocol]") {
  Talk talk;
  talk.miner(kGrinLogIn).pool(kGrinOk);
  CHECK(talk.story().empty());
  talk.pool(kGrinJob);
  REQUIRE(talk.story() == Story{"authorise accepted", "job notified"});
  CHECK(talk.seen()[0].worker == "a");
  CHECK(talk.seen()[1].worker == "a");
  CHECK(talk.seen()[0].dialect == "grin");
}

TEST_CASE("a log-in that was refused does not count, whatever follows", "[protocol]") {
  Talk talk;
  talk.miner(kGrinLogIn).pool(text_line(R"({"id":"1","method":"login","error":{"code":-32500}})")).pool(kGrinJob);
  CHECK(talk.story() == Story{"job notified"});
}

TEST_CASE("a granted log-in that a dialect has terms of its own for is not told by another's word", "[protocol]") {
  // A CryptoNote job shows CryptoNote, which wants a job in the answer.
  Talk talk;
  talk.miner(kGrinLogIn).pool(kGrinOk).pool(text_line(
      R"({"jsonrpc":"2.0","method":"job","params":{"blob":")" + std::string(152, 'a') + R"(","job_id":"1","target":"b88d0600"}})"));
  CHECK(talk.story() == Story{"job notified"});
}

TEST_CASE("the envelope whose parameters a message has reads it first", "[protocol]") {
  Talk talk;
  talk.miner(text_line(R"({"id":0,"method":"mining.subscribe","body":{"version":3,"publicAddress":")" + std::string(64, 'd') + R"(.rig"}})"))
      .pool(text_line(R"({"id":77,"method":"mining.subscribed","body":{"clientId":1,"xn":"64da"}})"))
      .pool(text_line(R"({"id":78,"method":"mining.set_target","body":{"target":"00000000ffff)" + std::string(52, '0') + R"("}})"))
      .pool(text_line(R"({"id":79,"method":"mining.notify","body":{"miningRequestId":4,"header":")" + std::string(360, 'e') + R"("}})"));
  for (const char* id : {"5", "6"})
    talk.miner(text_line(std::string(R"({"id":)") + id + R"(,"method":"mining.submit","body":{"miningRequestId":4,"randomness":"0011223344556677"}})"));
  // By the id that the body names, and not by the message's own.
  talk.pool(text_line(R"({"id":5,"method":"mining.submitted","body":{"id":6,"result":true}})"))
      .pool(text_line(R"({"id":6,"method":"mining.submitted","body":{"id":5,"result":false,"message":"stale"}})"));
  REQUIRE(talk.story() == Story{"authorise asked", "authorise accepted", "difficulty notified", "job notified", "submit asked",
                                "submit asked", "submit accepted", "submit refused"});
  CHECK(talk.seen()[0].worker == std::string(64, 'd') + ".rig");
  CHECK(talk.seen()[2].target_hashes > 4294967296.0);
  CHECK(talk.seen()[3].job == "4");
}

TEST_CASE("one name may answer several methods", "[protocol]") {
  Talk talk;
  const std::string solution = text_line(R"({"id":"1","jsonrpc":"2.0","method":"solution","nonce":"0011223344556677","output":")" + std::string(208, 'b') + R"("})");
  talk.miner(text_line(R"({"id":"login","jsonrpc":"2.0","method":"login","api_key":"k"})"))
      .pool(text_line(R"({"id":"login","jsonrpc":"2.0","method":"result","code":0,"description":"Login successful","forkheight":1})"))
      .pool(text_line(R"({"id":"1","jsonrpc":"2.0","method":"job","input":")" + std::string(64, 'c') + R"(","difficulty":5,"height":2})"))
      .miner(solution).pool(text_line(R"({"id":"1","jsonrpc":"2.0","method":"result","code":1,"description":"accepted"})"))
      .miner(solution).pool(text_line(R"({"id":"1","jsonrpc":"2.0","method":"result","code":3,"description":"expired"})"))
      .pool(text_line(R"({"id":"2","jsonrpc":"2.0","method":"result","code":1,"description":"accepted"})"));  // of nothing
  CHECK(talk.story() == Story{"authorise asked", "authorise accepted", "job notified", "submit asked", "submit accepted",
                              "submit asked", "submit refused"});
}

TEST_CASE("a template's own difficulty tells the work behind a block", "[protocol]") {
  Talk talk;
  talk.miner(http_post(R"({"id":1,"method":"getblocktemplate","params":{"wallet_address":"4AAA","extra_nonce":"00"}})", "/json_rpc"))
      .pool(http_answer(R"({"id":1,"result":{"blocktemplate_blob":")" + std::string(400, 'a') + R"(","difficulty":412345678901,"status":"OK"}})"));
  REQUIRE(talk.story() == Story{"getwork asked", "getwork accepted"});
  CHECK(talk.seen()[1].target_hashes == 412345678901.0);
  CHECK(talk.seen()[1].solo);
  CHECK(talk.seen()[1].dialect == "monero-node");
}

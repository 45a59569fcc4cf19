// Each dialect that the project ships, from the first word to an accepted share.
#include "tests/unit/protocol/talk_fixture.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace scanner;

namespace {

const std::string kTrue2 = R"({"id":2,"result":true,"error":null})" "\n";
const std::string kTrue4 = R"({"id":4,"result":true,"error":null})" "\n";
const std::string kFalse4 = R"({"id":4,"result":null,"error":[23,"Low difficulty share",null]})" "\n";

std::string hex(std::size_t digits, char c = 'a') { return std::string(digits, c); }
std::string zero_x(std::size_t digits, char c = 'a') { return "0x" + hex(digits, c); }
std::string quoted(const std::string& text) { return '"' + text + '"'; }
std::string authorize() { return R"({"id":2,"method":"mining.authorize","params":["user.rig","x"]})" "\n"; }
std::string subscribe(const std::string& params) { return R"({"id":1,"method":"mining.subscribe","params":[)" + params + "]}\n"; }
std::string submit(const std::string& params) { return R"({"id":4,"method":"mining.submit","params":[)" + params + "]}\n"; }
std::string from_pool(const std::string& method, const std::string& params) {
  return R"({"id":null,"method":")" + method + R"(","params":[)" + params + "]}\n";
}

void check_share(const Talk& talk, const std::string& dialect, const std::string& algorithm, const std::string& job) {
  const auto seen = talk.seen();
  REQUIRE(seen.size() >= 2);
  const MiningSeen& last = seen.back();
  CHECK(story_line(last) == "submit accepted");
  CHECK(last.dialect == dialect);
  CHECK(last.algorithm == algorithm);
  CHECK(last.job == job);
}

const MiningSeen& find(const std::vector<MiningSeen>& seen, const std::string& line) {
  for (const MiningSeen& what : seen)
    if (story_line(what) == line) return what;
  FAIL("nothing like " << line);
  return seen.front();
}

}  // namespace

TEST_CASE("Monero: a log-in brings a job, and shares are taken", "[protocol]") {
  const std::string wallet = "4" + hex(94, 'A');
  const auto job = [](const std::string& id, const std::string& target) {
    return R"({"blob":")" + hex(152) + R"(","job_id":")" + id + R"(","target":")" + target + R"(","algo":"rx/0","height":3})";
  };
  Talk talk;
  talk.miner(R"({"id":1,"jsonrpc":"2.0","method":"login","params":{"login":")" + wallet + R"(","pass":"x","agent":"XMRig/6.21.0","algo":["rx/0"]}})" "\n")
      .pool(R"({"id":1,"jsonrpc":"2.0","error":null,"result":{"id":"s1","job":)" + job("j1", "b88d0600") + R"(,"status":"OK"}})" "\n")
      .miner(R"({"id":2,"jsonrpc":"2.0","method":"submit","params":{"id":"s1","job_id":"j1","nonce":"d0030040","result":")" + hex(64) + R"("}})" "\n")
      .pool(R"({"id":2,"jsonrpc":"2.0","error":{"code":-1,"message":"Low difficulty share"}})" "\n")
      .pool(R"({"jsonrpc":"2.0","method":"job","params":)" + job("j2", "0000000000000100") + "}\n")
      .miner(R"({"id":3,"method":"keepalived","params":{"id":"s1"}})" "\n")
      .pool(R"({"id":3,"result":{"status":"KEEPALIVED"},"error":null})" "\n")
      .miner(R"({"id":4,"jsonrpc":"2.0","method":"submit","params":{"id":"s1","job_id":"j2","nonce":"d0030040","result":")" + hex(64) + R"("}})" "\n")
      .pool(R"({"id":4,"jsonrpc":"2.0","error":null,"result":{"status":"OK"}})" "\n");
  REQUIRE(talk.story() == Story{"authorise asked", "authorise accepted", "job notified", "submit asked", "submit refused", "job notified",
                                "keepalive asked", "keepalive accepted", "submit asked", "submit accepted"});
  const auto seen = talk.seen();
  CHECK(seen[0].agent == "XMRig/6.21.0");
  CHECK(seen[0].worker == wallet);
  CHECK(seen[2].job == "j1");
  CHECK(seen[2].target_hashes == Approx(4294967296.0 / 0x00068db8));
  CHECK(seen[5].target_hashes == Approx(18446744073709551616.0 / 0x0001000000000000));
  CHECK(seen[8].worker == wallet);
  check_share(talk, "cryptonote", "rx/0", "j2");
}

TEST_CASE("Monero: a short log-in is shown to be mining by the job in its answer", "[protocol]") {
  const std::string login = R"({"id":1,"method":"login","params":{"login":"rig1","pass":"x"}})" "\n";
  Talk talk;
  talk.miner(login).pool(R"({"id":1,"error":null,"result":{"id":"s1","job":{"blob":")" + hex(152) + R"(","job_id":"j1","target":"b88d0600"},"status":"OK"}})" "\n");
  CHECK(talk.story() == Story{"authorise accepted", "job notified"});
  CHECK(talk.seen()[0].worker == "rig1");
  CHECK(talk.seen()[0].miner == kClient);
  Talk unanswered;
  unanswered.miner(login);
  CHECK(unanswered.story().empty());
  Talk refused;
  refused.miner(login).pool(R"({"id":1,"error":{"code":-1,"message":"Invalid address"},"result":null})" "\n");
  CHECK(refused.story().empty());
}

TEST_CASE("Monero: only the pool's side was captured", "[protocol]") {
  Talk talk;
  talk.pool(R"({"jsonrpc":"2.0","method":"job","params":{"blob":")" + hex(152) + R"(","job_id":"j1","target":"b88d0600"}})" "\n")
      .pool(R"({"id":4,"jsonrpc":"2.0","error":null,"result":{"status":"OK"}})" "\n");
  REQUIRE(talk.story() == Story{"job notified"});
  CHECK(talk.seen()[0].miner == kClient);
}

TEST_CASE("Ethereum: log-in, work asked for and pushed, shares, hash rate", "[protocol]") {
  const auto work = [](const std::string& id, char header) {
    return R"({"id":)" + id + R"(,"jsonrpc":"2.0","result":[)" + quoted(zero_x(64, header)) + ',' + quoted(zero_x(64, 'b')) + ',' + quoted("0x0112e0be826d694b2e62d01511f12a6061fbaec8bc02357593e70e52ba") + "]}\n";
  };
  Talk talk;
  talk.miner(R"({"worker":"eth1.0","jsonrpc":"2.0","params":["0x0fccfff9e61a230ff380530c6827caf4759337c6.rig2","x"],"id":2,"method":"eth_submitLogin"})" "\n")
      .pool(kTrue2)
      .miner(R"({"worker":"","jsonrpc":"2.0","params":[],"id":3,"method":"eth_getWork"})" "\n")
      .pool(work("0", '1') + work("3", '2'))
      .miner(R"({"id":6,"method":"eth_submitHashrate","params":["0x375198a","0x0000000000000000000000000000000000000000000000000000000016526810"]})" "\n")
      .miner(R"({"id":4,"method":"eth_submitWork","params":["0x84be8e78011db578",)" + quoted(zero_x(64, '2')) + ',' + quoted(zero_x(64, 'c')) + "]}\n")
      .pool(kTrue4);
  REQUIRE(talk.story() == Story{"authorise asked", "authorise accepted", "getwork asked", "job notified", "getwork accepted", "hashrate asked", "submit asked", "submit accepted"});
  const auto seen = talk.seen();
  CHECK(seen[0].worker == "0x0fccfff9e61a230ff380530c6827caf4759337c6.rig2");
  CHECK(seen[4].target_hashes == Approx(std::pow(2.0, 256) / 0x1.12e0be826d694p224).epsilon(0.001));
  CHECK(seen[5].reported_hashrate == 0x375198a);
  CHECK_FALSE(seen[0].has_login);
  check_share(talk, "ethereum-getwork", "ethash", zero_x(62, '2'));
}

TEST_CASE("Ethereum: a request for work may itself have the id 0", "[protocol]") {
  Talk talk;
  talk.miner(R"({"id":0,"method":"eth_getWork"})" "\n").pool(R"({"id":0,"result":[)" + quoted(zero_x(64)) + ',' + quoted(zero_x(64)) + ',' + quoted(zero_x(64)) + "]}\n");
  CHECK(talk.story() == Story{"getwork asked", "getwork accepted"});
  Talk subscribed;
  subscribed.miner(R"({"id":0,"method":"mining.subscribe","params":["m"]})" "\n").pool(R"({"id":0,"result":[)" + quoted(zero_x(64)) + ',' + quoted(zero_x(64)) + ',' + quoted(zero_x(64)) + "]}\n");
  CHECK(subscribed.story() == Story{"subscribe asked", "job notified"});
}

TEST_CASE("Ethereum over HTTP: the worker stands in the address", "[protocol]") {
  const std::string work = R"({"id":1,"result":[)" + quoted(zero_x(64)) + ',' + quoted(zero_x(64)) + ',' + quoted(zero_x(64)) + "]}";
  for (const std::string target : {"/?miner=30@0x4b999ba68e017854ffb6b494bc2ddb9ef02bd745@Rig", "/0x4b999ba68e017854ffb6b494bc2ddb9ef02bd745/Rig", "/w?x=1&worker=alice.rig1&y"}) {
    Talk talk;
    talk.miner(http_post(R"({"id":1,"method":"eth_getWork"})", target)).pool(http_answer(work));
    REQUIRE(talk.story() == Story{"getwork asked", "getwork accepted"});
    for (const MiningSeen& seen : talk.seen()) {
      CHECK(seen.worker_in_url);
      CHECK(seen.over_http);
      CHECK(target.find(seen.worker) != std::string::npos);
      CHECK(seen.worker.size() > 8);
    }
  }
  Talk solo;
  solo.miner(http_post(R"({"id":1,"method":"eth_getWork"})")).pool(http_answer(work));
  CHECK_FALSE(solo.seen()[0].worker_in_url);
  CHECK(solo.seen()[0].worker.empty());
}

TEST_CASE("Ethereum: a getWork answer of another shape is no work", "[protocol]") {
  for (const char* result : {R"({"id":1,"result":["0x1","0x2","0x3"]})", R"({"id":1,"result":true})", R"({"id":1,"result":[]})", R"({"id":1,"error":{"code":-32000,"message":"mining not ready"}})"}) {
    Talk talk;
    talk.miner(http_post(R"({"id":1,"method":"eth_getWork"})")).pool(http_answer(result));
    CHECK(talk.story() == Story{"getwork asked", "getwork refused"});
  }
}

TEST_CASE("EthereumStratum 1: difficulty counts 2^32 hashes", "[protocol]") {
  Talk talk;
  talk.miner(subscribe(R"("Miner/1.0","EthereumStratum/1.0.0")"))
      .pool(R"({"id":1,"result":[["mining.notify","ae68","EthereumStratum/1.0.0"],"080c"],"error":null})" "\n")
      .miner(authorize())
      .pool(kTrue2 + from_pool("mining.set_difficulty", "0.5") + from_pool("mining.notify", quoted("bf00") + ',' + quoted(hex(64)) + ',' + quoted(hex(64)) + ",true"))
      .miner(submit(R"("user.rig","bf00","060309080102")"))
      .pool(kFalse4)
      .miner(submit(R"("user.rig","bf00","060309080102")"))
      .pool(kTrue4);
  REQUIRE(talk.story() == Story{"subscribe asked", "subscribe accepted", "authorise asked", "authorise accepted", "difficulty notified", "job notified", "submit asked", "submit refused", "submit asked", "submit accepted"});
  CHECK(find(talk.seen(), "difficulty notified").target_hashes == 2147483648.0);
  check_share(talk, "ethereum-stratum-1", "ethash", "bf00");
}

TEST_CASE("Ethereum jobs of five parts are Ethereum's, whatever came before", "[protocol]") {
  Talk talk;
  talk.miner(subscribe(R"("cgminer/3.7.2")")).pool(from_pool("mining.notify", quoted("34bc") + ',' + quoted(zero_x(64)) + ',' + quoted(zero_x(64)) + ',' + quoted("0x00000000ffb34c02420e9948eacd78cf33b059a88ade1ff0614f7f3c303cf3a7") + ",true"));
  const auto job = talk.seen().back();
  CHECK(job.dialect == "ethereum-stratum-1");
  CHECK(job.algorithm == "ethash");
  CHECK(job.target_hashes == Approx(4.3e9).epsilon(0.01));
}

TEST_CASE("EthereumStratum 2: hello, set, and a worker named by the pool", "[protocol]") {
  Talk talk;
  talk.miner(R"({"id":0,"method":"mining.hello","params":{"agent":"ethminer/1","host":"pool.test.example","port":"4d2","proto":"EthereumStratum/2.0.0"}})" "\n")
      .pool(R"({"id":0,"result":{"proto":"EthereumStratum/2.0.0","encoding":"plain","resume":"1","timeout":"b4","maxerrors":"5","node":"geth"}})" "\n")
      .miner(R"({"id":1,"method":"mining.subscribe"})" "\n")
      .pool(R"({"id":1,"result":"s-12345"})" "\n")
      .miner(authorize())
      .pool(R"({"id":2,"result":"w-123"})" "\n")
      .pool(R"({"method":"mining.set","params":{"epoch":"dc","target":"0112e0be826d694b2e62d01511f12a6061fbaec8bc02357593e70e52ba","algo":"ethash","extranonce":"af4c"}})" "\n")
      .pool(R"({"method":"mining.notify","params":["bf0488aa","6526d5",)" + quoted(hex(64)) + R"(,"0"]})" "\n")
      .miner(R"({"id":4,"method":"mining.submit","params":["bf0488aa","68765fccd712","w-123"]})" "\n")
      .pool(kTrue4);
  REQUIRE(talk.story() == Story{"configure asked", "configure accepted", "subscribe asked", "subscribe accepted", "authorise asked", "authorise accepted", "difficulty notified", "job notified", "submit asked", "submit accepted"});
  CHECK(talk.seen()[0].host == "pool.test.example");
  CHECK(talk.seen()[6].target_hashes > 1e9);
  check_share(talk, "ethereum-stratum-2", "ethash", "bf0488aa");
}

TEST_CASE("Equihash: targets are shared targets, solutions are shares", "[protocol]") {
  Talk talk;
  talk.miner(subscribe(R"("equihashminer",null,"zec.test.example","2142")"))
      .pool(R"({"id":1,"result":[null,"c208ec77000000000000000077ec08c1"],"error":null})" "\n")
      .miner(authorize())
      .pool(from_pool("mining.set_target", quoted("003c" + hex(60, '3'))) + from_pool("mining.notify", quoted("39f2") + R"(,"04000000",)" + quoted(hex(64)) + ',' + quoted(hex(64)) + ',' + quoted(hex(64, '0')) + R"(,"16ee7c58","83837b1c",true)"))
      .pool(kTrue2)
      .miner(submit(R"("user.rig","39f2","16ee7c58","4304000000000000",)" + quoted(hex(2694))))
      .pool(kTrue4);
  REQUIRE(talk.story() == Story{"subscribe asked", "subscribe accepted", "authorise asked", "difficulty notified", "job notified", "authorise accepted", "submit asked", "submit accepted"});
  CHECK(talk.seen()[0].host == "zec.test.example");
  CHECK(talk.seen()[0].algorithm.empty());  // others begin like this
  CHECK(talk.seen()[3].target_hashes == Approx(65536.0 / 0x3c).epsilon(0.02));
  check_share(talk, "equihash", "equihash", "39f2");
}

TEST_CASE("KawPow: header and mix hash make a share", "[protocol]") {
  Talk talk;
  talk.miner(subscribe(R"("GMiner/2.09",null,"rvn.test.example","4505")"))
      .pool(R"({"id":1,"result":[null,"00ab"],"error":null})" "\n")
      .miner(authorize())
      .pool(kTrue2 + from_pool("mining.set_target", quoted("00000001" + hex(56, '0'))))
      .pool(from_pool("mining.notify", quoted("1") + ',' + quoted(hex(64)) + ',' + quoted(hex(64)) + ',' + quoted("00000001" + hex(56, '0')) + R"(,true,1000000,"1b00ffff")"))
      .miner(submit(R"("user.rig","1",)" + quoted(zero_x(16)) + ',' + quoted(zero_x(64)) + ',' + quoted(zero_x(64))))
      .pool(kTrue4);
  CHECK(find(talk.seen(), "job notified").target_hashes == 4294967296.0);
  check_share(talk, "kawpow", "kawpow", "1");
}

TEST_CASE("stratum of an unknown family is followed by its method names", "[protocol]") {
  Talk talk;
  talk.miner(subscribe(R"("Digger/1.0")")).pool(R"({"id":1,"result":["anything"],"error":null})" "\n")
      .miner(authorize()).pool(kTrue2)
      .pool(from_pool("mining.notify", R"("12",{"seam":7})"))
      .miner(submit(R"("user.rig","12","0x1234")")).pool(kTrue4);
  check_share(talk, "stratum-other", "", "12");
}

TEST_CASE("a node's templates and blocks are solo mining", "[protocol]") {
  const std::string result = R"("result":{"version":2,"previousblockhash":")" + hex(64) + R"(","transactions":[],"target":"0000007b58890000000000000000000000000000000000000000000000000000"})";
  Talk talk;
  talk.miner(http_post(R"({"method":"getblocktemplate","params":[],"id":1})", "/", "User-Agent: cgminer 3.7.2\r\nX-Mining-Extensions: longpoll\r\n"))
      .pool(http_answer("{" + result + R"(,"error":null,"id":1})"))
      .miner(http_post(R"({"method":"submitblock","params":[")" + hex(200) + R"("],"id":2})"))
      .pool(http_answer(R"({"result":"high-hash","error":null,"id":2})"))
      .miner(http_post(R"([{"method":"submitblock","params":[")" + hex(200) + R"("],"id":3},{"method":"getinfo","params":[],"id":4}])"))
      .pool(http_answer(R"([{"result":null,"error":null,"id":3},{"result":{},"error":null,"id":4}])"));
  REQUIRE(talk.story() == Story{"getwork asked", "getwork accepted", "submit asked", "submit refused", "submit asked", "submit accepted"});
  CHECK(talk.seen()[0].agent == "cgminer 3.7.2");
  CHECK(talk.seen()[1].target_hashes == Approx(std::pow(2.0, 256) / 0x1.ed6224p230).epsilon(0.001));
  for (const MiningSeen& seen : talk.seen()) {
    CHECK(seen.solo);
    CHECK_FALSE(seen.has_login);
    CHECK(seen.dialect == "bitcoin-node");
  }
}

TEST_CASE("getwork asks without and submits with parameters", "[protocol]") {
  const std::string work = R"({"result":{"data":")" + hex(256) + R"(","target":"0000000000000000000000000000000000000000000000000000ffff00000000"},"error":null,"id":0})";
  Talk talk;
  talk.miner(http_post(R"({"method": "getwork", "params": [], "id":0})")).pool(http_answer(work))
      .miner(http_post(R"({"method": "getwork", "params": [")" + hex(256) + R"("], "id":0})")).pool(http_answer(R"({"result":true,"error":null,"id":0})"))
      .miner(http_post(R"({"method": "getwork", "params": [")" + hex(256) + R"("], "id":0})")).pool(http_answer(R"({"result":false,"error":null,"id":0})"));
  CHECK(talk.story() == Story{"getwork asked", "getwork accepted", "submit asked", "submit accepted", "submit asked", "submit refused"});
  CHECK(talk.seen()[1].target_hashes == Approx(4294967296.0).epsilon(0.001));
  CHECK(talk.seen()[1].dialect == "bitcoin-getwork");
  Talk daemon;
  daemon.miner(http_post(R"({"id":1,"method":"getblocktemplate","params":{"wallet_address":")" + hex(95, '4') + R"(","reserve_size":8}})", "/json_rpc"))
      .pool(http_answer(R"({"id":1,"result":{"blocktemplate_blob":")" + hex(200) + R"(","difficulty":300000000,"status":"OK"}})"));
  CHECK(daemon.story() == Story{"getwork asked", "getwork accepted"});
  CHECK(daemon.seen()[0].worker.size() == 95);
}

TEST_CASE("a refused template is no work", "[protocol]") {
  Talk talk;
  talk.miner(http_post(R"({"method":"getblocktemplate","params":[],"id":1})")).pool(http_answer(R"({"result":null,"error":{"code":-9,"message":"not connected"},"id":1})", "500 Internal Server Error"))
      .miner(http_post(R"({"method":"getblocktemplate","params":[],"id":1})")).pool(http_answer("unauthorised", "401 Unauthorized"))
      .miner(http_post(R"({"method":"getblocktemplate","params":[],"id":1})")).pool(http_answer(R"({"result":{"capabilities":["proposal"]},"error":null,"id":1})"));
  CHECK(talk.story() == Story{"getwork asked", "getwork refused", "getwork asked", "getwork refused", "getwork asked", "getwork refused"});
}

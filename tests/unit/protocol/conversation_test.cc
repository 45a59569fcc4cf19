#include "tests/unit/protocol/talk_fixture.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace scanner;

namespace {

const std::string kSubscribe = R"({"id": 1, "method": "mining.subscribe", "params": ["cgminer/4.12.0"]})" "\n";
const std::string kSubscribed =
    R"({"id":1,"result":[[["mining.set_difficulty","a1"],["mining.notify","a1"]],"68000000",4],"error":null})" "\n";
const std::string kAuthorize = R"({"id": 2, "method": "mining.authorize", "params": ["user.rig", "x"]})" "\n";
const std::string kNotify =
    R"({"id":null,"method":"mining.notify","params":["job1",")" + std::string(64, 'a') + R"(","01000000010000000000","0d2f6e6f",[")" +
    std::string(64, 'b') + R"("],"00000002","1d00ffff","5385c669",true]})" "\n";
const std::string kDifficulty = R"({"id":null,"method":"mining.set_difficulty","params":[32]})" "\n";
const std::string kSubmit =
    R"({"params": ["user.rig", "job1", "00000000", "5385c669", "d3560b00"], "id": 4, "method": "mining.submit"})" "\n";
const std::string kTrue2 = R"({"id":2,"result":true,"error":null})" "\n";
const std::string kTrue4 = R"({"id":4,"result":true,"error":null})" "\n";

}  // namespace

TEST_CASE("a Bitcoin miner subscribes, logs in and has a share accepted", "[protocol]") {
  Talk talk;
  talk.miner(kSubscribe).pool(kSubscribed).miner(kAuthorize).pool(kTrue2 + kDifficulty + kNotify).miner(kSubmit).pool(kTrue4);
  REQUIRE(talk.story() == Story{"subscribe asked", "subscribe accepted", "authorise asked", "authorise accepted",
                                "difficulty notified", "job notified", "submit asked", "submit accepted"});
  const auto seen = talk.seen();
  CHECK(seen[0].agent == "cgminer/4.12.0");
  CHECK(seen[3].worker == "user.rig");
  CHECK(seen[4].difficulty == 32);
  CHECK(seen[4].target_hashes == 0);  // the algorithm is not told
  CHECK(seen[5].job == "job1");
  CHECK(seen[7].job == "job1");
  CHECK(seen[7].worker == "user.rig");
  CHECK(seen[7].asked_at == talk.observations()[6].at);
  for (const MiningSeen& what : seen) {
    CHECK(what.dialect == "bitcoin-stratum");
    CHECK(what.has_login);
    CHECK_FALSE(what.solo);
    CHECK(what.miner == kClient);
    CHECK(what.algorithm.empty());
    CHECK_FALSE(what.excerpt.empty());
  }
}

TEST_CASE("the miner is whoever asks like one, whatever the direction of the flow", "[protocol]") {
  Talk talk;
  talk.pool(kSubscribe + kAuthorize).miner(kSubscribed + kTrue2 + kNotify).pool(kSubmit).miner(kTrue4);
  CHECK(talk.story() == Story{"subscribe asked", "authorise asked", "subscribe accepted", "authorise accepted", "job notified",
                              "submit asked", "submit accepted"});
  for (const MiningSeen& seen : talk.seen()) CHECK(seen.miner == kServer);
}

TEST_CASE("a side that asks after it notified is the miner", "[protocol]") {
  Talk talk;
  talk.miner(kDifficulty).miner(kSubscribe).pool(kSubscribed);
  CHECK(talk.seen()[0].miner == kServer);
  CHECK(talk.seen()[2].miner == kClient);
  CHECK(talk.story().back() == "subscribe accepted");
}

TEST_CASE("a log-in is granted by true, OK, a status, a job, or nothing against it", "[protocol]") {
  for (const char* result : {R"("result":true,"error":null)", R"("result":"OK","error":null)", R"("result":"ok")",
                             R"("result":{"status":"OK"},"error":null)", R"("result":{"job":{}},"error":null)", R"("result":null,"error":null)",
                             R"("result":true,"error":[])", R"("result":true,"error":"")", R"("result":null)"}) {
    INFO(result);
    Talk talk;
    talk.miner(kAuthorize).pool(std::string("{\"id\":2,") + result + "}\n");
    CHECK(talk.story() == Story{"authorise asked", "authorise accepted"});
  }
}

TEST_CASE("a log-in is refused by an error, false, or an answer of another shape", "[protocol]") {
  for (const char* result : {R"("result":false,"error":null)", R"("result":null,"error":[24,"Unauthorized",null])", R"("error":"x")",
                             R"("result":true,"error":[20,"x",null])", R"("result":true,"error":{"code":-1})", R"("result":1,"error":null)",
                             R"("result":"no","error":null)", R"("result":[],"error":null)", R"("result":{},"error":null)",
                             R"("result":{"status":"denied"})"}) {
    INFO(result);
    Talk talk;
    talk.miner(kAuthorize).pool(std::string("{\"id\":2,") + result + "}\n");
    CHECK(talk.story() == Story{"authorise asked", "authorise refused"});
  }
}

TEST_CASE("a share is taken by true or OK alone", "[protocol]") {
  for (const char* result : {R"("result":true)", R"("result":"OK")", R"("result":{"status":"OK"})"}) {
    Talk talk;
    talk.miner(kSubmit).pool(std::string("{\"id\":4,") + result + "}\n");
    CHECK(talk.story().back() == "submit accepted");
  }
  for (const char* result : {R"("result":null)", R"("result":{})", R"("result":false)", R"("result":"stale")", R"("result":null,"error":[21,"Job not found",null])"}) {
    Talk talk;
    talk.miner(kSubmit).pool(std::string("{\"id\":4,") + result + "}\n");
    CHECK(talk.story().back() == "submit refused");
  }
}

TEST_CASE("an answer whose id was never asked accepts and refuses nothing", "[protocol]") {
  for (const char* id : {"3", "null", "\"2\"", "20", "2.5", "[2]", "{}"}) {
    INFO(id);
    Talk talk;
    talk.miner(kAuthorize).pool(std::string("{\"id\":") + id + ",\"result\":true,\"error\":null}\n");
    talk.pool(std::string("{\"id\":") + id + ",\"result\":null,\"error\":[201,\"x\",null]}\n").pool("{\"result\":true,\"error\":null}\n");
    CHECK(talk.story() == Story{"authorise asked"});
  }
}

TEST_CASE("ids are numbers, texts or null, and equal numbers are equal", "[protocol]") {
  const auto ask = [](const std::string& id) { return "{\"id\":" + id + R"(,"method":"mining.authorize","params":["a","x"]})" "\n"; };
  for (const auto& [asked, answered] : {std::pair{"7", "7.0"}, {"70", "7e1"}, {"\"auth\"", "\"auth\""}, {"null", "null"}, {"-1", "-1"},
                                        {"12345678901234567890123", "12345678901234567890123"}}) {
    Talk talk;
    talk.miner(ask(asked)).pool(std::string("{\"id\":") + answered + ",\"result\":true,\"error\":null}\n");
    CHECK(talk.story() == Story{"authorise asked", "authorise accepted"});
  }
}

TEST_CASE("requests of one id are answered oldest first", "[protocol]") {
  std::string other = kSubmit;
  other.replace(other.find("job1"), 4, "job2");
  Talk talk;
  talk.miner(kSubmit + other).pool(kTrue4 + R"({"id":4,"result":null,"error":[21,"Job not found",null]})" "\n" + kTrue4);
  REQUIRE(talk.story() == Story{"submit asked", "submit asked", "submit accepted", "submit refused"});
  CHECK(talk.seen()[2].job == "job1");
  CHECK(talk.seen()[3].job == "job2");
}

TEST_CASE("only the latest requests are remembered", "[protocol]") {
  Talk talk;
  for (std::size_t i = 0; i <= Conversation::kMaxPending; ++i)
    talk.miner("{\"id\":" + std::to_string(i) + R"(,"method":"mining.authorize","params":["a","x"]})" "\n");
  talk.pool("{\"id\":0,\"result\":true}\n{\"id\":1,\"result\":true}\n");
  const auto story = talk.story();
  CHECK(std::count(story.begin(), story.end(), "authorise accepted") == 1);
}

TEST_CASE("batches are handled item by item", "[protocol]") {
  Talk talk;
  talk.miner("[" + kSubscribe + "," + kAuthorize + ", 7, {\"id\":9}]").pool("[" + kTrue2 + "," + kSubscribed + "]");
  CHECK(talk.story() == Story{"subscribe asked", "authorise asked", "authorise accepted", "subscribe accepted"});
}

TEST_CASE("key order, white space and escapes are no matter, and the first of equal keys counts", "[protocol]") {
  Talk talk;
  talk.miner("{ \"params\" : [ \"a\\u0062\" , \"x\" ] , \"m\\u0065thod\" : \"min\\u0069ng.authorize\" , \"method\":\"x\", \"id\" : 2 }").pool(kTrue2);
  REQUIRE(talk.story() == Story{"authorise asked", "authorise accepted"});
  CHECK(talk.seen()[0].worker == "ab");
}

TEST_CASE("a notification may carry an id, and an answer its method", "[protocol]") {
  Talk talk;
  talk.miner(kSubscribe).pool(R"({"method":"mining.set_difficulty","params":[4096],"id":1})" "\n").pool(R"({"id":1,"method":"mining.subscribe","result":[],"error":null})" "\n");
  CHECK(talk.story() == Story{"subscribe asked", "difficulty notified", "subscribe accepted"});
}

TEST_CASE("answers and requests of one side alone", "[protocol]") {
  Talk pool;
  pool.pool(kSubscribed + kTrue2 + kDifficulty + kNotify + kTrue4);
  CHECK(pool.story() == Story{"difficulty notified", "job notified"});
  CHECK(pool.seen()[0].miner == kClient);
  Talk miner;
  miner.miner(kSubscribe + kAuthorize + kSubmit);
  CHECK(miner.story() == Story{"subscribe asked", "authorise asked", "submit asked"});
}

TEST_CASE("HTTP and lines mix on one flow", "[protocol]") {
  Talk talk;
  talk.miner(http_post(R"({"id":0,"method":"getblocktemplate","params":[]})")).pool(R"({"id":0,"result":null,"error":[20,"Parse error",null]})" "\n");
  talk.miner(kSubscribe).pool(kSubscribed).miner(kAuthorize).pool(http_answer("no", "400 Bad Request") + kTrue2);
  CHECK(talk.story() == Story{"getwork asked", "getwork refused", "subscribe asked", "subscribe accepted", "authorise asked", "authorise accepted"});
}

TEST_CASE("work and answers on a flow whose start was not seen", "[protocol]") {
  Talk talk(shipped_dialects(), false);
  talk.pool("b\",true],\"id\":1}\n" + kNotify).miner("56d\"],\"id\":3}\n" + kSubmit).pool(kTrue4);
  CHECK(talk.story() == Story{"job notified", "submit asked", "submit accepted"});
}

TEST_CASE("a share without answer counts as delivered when it was acknowledged a while ago", "[protocol]") {
  Talk talk;
  talk.miner(kSubscribe).pool(kSubscribed).miner(kSubmit).acknowledge(kServer);
  CHECK(talk.session().conversation().watches_acknowledgements());
  CHECK(talk.story().back() == "submit asked");
  talk.wait(4).pool(kNotify);
  CHECK(talk.story().back() == "job notified");
  talk.wait(2).pool(kDifficulty);
  REQUIRE(talk.story() == Story{"subscribe asked", "subscribe accepted", "submit asked", "job notified", "submit delivered", "difficulty notified"});
  CHECK(talk.observations().back().sender == kServer);
  CHECK(talk.seen()[4].job == "job1");
  CHECK_FALSE(talk.session().conversation().watches_acknowledgements());
  talk.wait(60).acknowledge(kServer).end();
  talk.pool(kTrue4);  // late, and told all the same
  CHECK(talk.story().back() == "submit accepted");
  CHECK(talk.story().size() == 7);
}

TEST_CASE("a share that was not acknowledged, or was answered, is not reported as delivered", "[protocol]") {
  Talk lost;
  lost.miner(kSubscribe).pool(kSubscribed).acknowledge(kServer).miner(kSubmit).wait(60).pool(kNotify).end();
  CHECK(lost.story() == Story{"subscribe asked", "subscribe accepted", "submit asked", "job notified"});
  Talk answered;
  answered.miner(kSubmit).acknowledge(kServer).pool(kTrue4).wait(60).acknowledge(kServer).end();
  CHECK(answered.story() == Story{"submit asked", "submit accepted"});
  Talk login;
  login.miner(kAuthorize).acknowledge(kServer).wait(60).acknowledge(kServer).end();
  CHECK(login.story() == Story{"authorise asked"});
}

TEST_CASE("the end of a flow reports what was acknowledged", "[protocol]") {
  Talk talk;
  talk.miner(kSubmit).acknowledge(kServer).end().end();
  CHECK(talk.story() == Story{"submit asked", "submit delivered"});
}

TEST_CASE("where the pool's side was not captured, the miner's acknowledgements show it talking", "[protocol]") {
  const auto at = [](std::int64_t seconds) { return Moment{Timestamp{(1'700'000'100 + seconds) * 1'000'000'000}}; };
  Talk talk;
  talk.miner(kSubmit);
  Conversation& conversation = talk.session().conversation();
  conversation.acknowledged(kClient, 100, at(0));
  conversation.acknowledged(kClient, 100, at(30));
  CHECK(talk.story() == Story{"submit asked"});
  conversation.acknowledged(kClient, 139, at(31));
  CHECK(talk.story() == Story{"submit asked", "submit delivered"});
  Talk seen;  // both sides were captured: only the pool's own acknowledgement counts
  seen.pool(kDifficulty).miner(kSubmit);
  seen.session().conversation().acknowledged(kClient, 100, at(0));
  seen.session().conversation().acknowledged(kClient, 200, at(60));
  CHECK(seen.story() == Story{"difficulty notified", "submit asked"});
}

TEST_CASE("a conversation is read alike however it is cut", "[protocol]") {
  const std::vector<Segment> segments = {
      {kClient, kSubscribe + kAuthorize}, {kServer, kSubscribed + kDifficulty + kNotify}, {kServer, kTrue2},
      {kClient, kSubmit + kSubmit},       {kServer, kTrue4 + "\r\n" + kNotify},
  };
  const auto observed = [&](std::size_t cut) {
    Talk talk;
    for (const Segment& segment : segments) {
      std::vector<std::size_t> cuts;
      for (std::size_t at = cut; at > 0 && at < segment.bytes.size(); at += cut) cuts.push_back(at);
      talk.say(segment.sender, segment.bytes, cuts).wait(6).acknowledge(opposite(segment.sender));
    }
    talk.end();
    return described(talk.observations());
  };
  const auto whole = observed(0);
  CHECK(whole.size() == 12);
  for (std::size_t cut = 1; cut < 700; ++cut) {
    INFO(cut);
    if (observed(cut) != whole) CHECK(observed(cut) == whole);
  }
}

TEST_CASE("what goes into an observation is bounded", "[protocol]") {
  const std::string big(5000, 'w');
  Talk talk;
  talk.miner(R"({"id":2,"method":"mining.authorize","params":[")" + big + R"("]})" "\n" + R"({"id":4,"method":"mining.submit","params":[")" + big + "\",\"" + big + R"(","00","5385c669","d3560b00"]})" "\n");
  for (const MiningSeen& seen : talk.seen()) {
    CHECK(seen.worker.size() == 256);
    CHECK(seen.job.size() <= 64);
    CHECK(seen.excerpt.size() == 512);
  }
}

TEST_CASE("a dialect that exists in YAML alone reaches an accepted share", "[protocol]") {
  const DialectSet made_up = dialect_from(R"(
form: 1
id: made-up
title: A dialect of nobody
revision: 3
log_in: true
coin: xyz
algorithm: xyzhash
hashes_per_difficulty: 1000
envelope: {method: cmd, params: args, id: ref, result: reply, error: fault}
miner:
  - {method: hi, role: authorise, worker: params.who, when: [{at: params.who, is: text}]}
  - {method: found, role: submit, job: "params[0]", when: [{at: params, is: array, min: 2}], accepted: [[{at: result, equals: taken}]]}
  - {method: guess, role: submit, job: params.task}
pool:
  - {method: task, role: job, job: params.id, difficulty: params.level, when: [{at: params.id, is: text}]}
  - {method: right, role: submit, answers: guess, accepted: [[{at: params.hash, is: hex, min: 8}]]}
)");
  Talk talk(made_up);
  talk.miner(R"({"cmd":"hi","args":{"who":"me"},"ref":1})" "\n").pool(R"({"ref":1,"reply":"ok"})" "\n")
      .pool(R"({"cmd":"task","args":{"id":"t1","level":5}})" "\n")
      .miner(R"({"cmd":"found","args":["t1","00ff"],"ref":2})" "\n").pool(R"({"ref":2,"reply":"no","fault":{"why":"late"}})" "\n")
      .miner(R"({"cmd":"found","args":["t1","00ff"],"ref":3})" "\n").pool(R"({"ref":3,"reply":"taken"})" "\n")
      .pool(R"({"cmd":"right","args":{"hash":"00ffeedd"}})" "\n")  // answers nothing
      .miner(R"({"cmd":"guess","args":{"task":"t2"}})" "\n").pool(R"({"cmd":"right","args":{"hash":"00ffeedd"}})" "\n")
      .miner(R"({"cmd":"guess","args":{"task":"t3"},"ref":9})" "\n").pool(R"({"cmd":"right","ref":8,"args":{"hash":"00ffeedd"}})" "\n").pool(R"({"cmd":"right","ref":9,"args":{}})" "\n");
  REQUIRE(talk.story() == Story{"authorise asked", "authorise accepted", "job notified", "submit asked", "submit refused", "submit asked",
                                "submit accepted", "submit asked", "submit accepted", "submit asked", "submit refused"});
  const auto seen = talk.seen();
  CHECK(seen[2].target_hashes == 5000);
  CHECK(seen[6].job == "t1");
  CHECK(seen[8].job == "t2");
  CHECK(seen[6].worker == "me");
  for (const MiningSeen& what : seen) {
    CHECK(what.coin == "xyz");
    CHECK(what.algorithm == "xyzhash");
    CHECK(what.dialect == "made-up");
  }
}

TEST_CASE("over HTTP the answers of a batch belong to their ids", "[protocol]") {
  const std::string block = R"({"method":"submitblock","params":[")" + std::string(200, 'a') + R"("],"id":3})";
  Talk talk;
  talk.miner(http_post(R"([{"method":"getinfo","id":1},)" + block + "]")).pool(http_answer(R"([{"result":null,"error":null,"id":1},{"result":"rejected","error":null,"id":3}])"));
  CHECK(talk.story() == Story{"submit asked", "submit refused"});
  Talk missing;
  missing.miner(http_post(R"([{"method":"getinfo","id":1},)" + block + "]")).pool(http_answer(R"([{"result":null,"error":null,"id":1},{"result":null,"error":null,"id":2}])"));
  CHECK(missing.story() == Story{"submit asked", "submit refused"});
}

TEST_CASE("nobody answers their own request", "[protocol]") {
  const std::string login = R"({"id":1,"method":"login","params":{"login":"rig1","pass":"x"}})" "\n";
  const std::string granted = R"({"id":1,"error":null,"result":{"id":"s1","job":{"blob":")" + std::string(152, 'a') + R"(","job_id":"j1","target":"b88d0600"},"status":"OK"}})" "\n";
  Talk talk;
  talk.miner(login + granted);
  CHECK(talk.story().empty());
  talk.pool(granted);
  CHECK(talk.story() == Story{"authorise accepted", "job notified"});
}

TEST_CASE("the side that is notified does not notify", "[protocol]") {
  Talk talk;
  talk.pool(kDifficulty).miner(kDifficulty + kNotify).pool(kNotify);
  CHECK(talk.story() == Story{"difficulty notified", "job notified"});
  for (const Observation& observation : talk.observations()) CHECK(observation.sender == kServer);
}

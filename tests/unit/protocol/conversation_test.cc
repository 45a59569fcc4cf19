#include "tests/unit/protocol/talk_fixture.h"

#include <catch2/catch.hpp>

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

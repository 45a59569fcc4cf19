#include "tests/unit/protocol/talk_fixture.h"

#include "scanner/model/digest.h"
#include "scanner/protocol/duino_conversation.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

const std::string kLast = "0123456789abcdef0123456789abcdef01234567";
const std::string kAsk = "JOB,someone,LOW,key";
const std::string kGreeting = "3.0\n";

std::string job(std::uint64_t number, std::string_view end = "\n") {
  return kLast + "," + to_hex(sha1(as_bytes(kLast + std::to_string(number)))) + ",10" + std::string(end);
}
std::string share(std::uint64_t number) { return std::to_string(number) + ",1500.5,Official PC Miner 4.3,rig,,42"; }

const Story kProof{"getwork asked", "getwork accepted", "submit asked", "submit accepted"};

}  // namespace

TEST_CASE("a Duino-Coin miner gets a job and has a share accepted", "[protocol]") {
  Talk talk;
  talk.pool(kGreeting).miner(kAsk).pool(job(7)).miner(share(7)).pool("GOOD\n").end();
  REQUIRE(talk.story() == kProof);
  const auto seen = talk.seen();
  CHECK(seen[0].worker == "someone");
  CHECK(seen[0].excerpt == "JOB LOW");  // without the mining key
  CHECK(seen[1].difficulty == 10);
  CHECK(seen[1].target_hashes == 500);
  CHECK(seen[2].reported_hashrate == 1500.5);
  CHECK(seen[3].agent == "Official PC Miner 4.3");
  CHECK(seen[3].asked_at == talk.observations()[2].at);
  for (const MiningSeen& what : seen) {
    CHECK(what.dialect == "duino-coin");
    CHECK(what.coin == "DUCO");
    CHECK(what.algorithm == "duco-s1");
    CHECK(what.miner == kClient);
    CHECK_FALSE(what.solo);
  }
}

TEST_CASE("Duino-Coin's messages end at line feeds or where the other side speaks", "[protocol]") {
  Talk feeds;
  feeds.pool(kGreeting).miner(kAsk + "\n").pool(job(7)).miner(share(7) + "\n" + kAsk + "\n").pool("GOOD\n" + job(8));
  feeds.miner(share(8) + "\n").pool("BLOCK\n").end();
  CHECK(feeds.story() == Story{"getwork asked", "getwork accepted", "submit asked", "getwork asked", "getwork accepted",
                               "submit asked", "submit accepted"});
  Talk none;
  none.pool("3.0").miner(kAsk).pool(job(7, "")).miner(share(7)).pool("GOOD").end();
  CHECK(none.story() == kProof);
  Talk bytes;
  const auto slowly = [&](Direction sender, const std::string& text) {
    std::vector<std::size_t> cuts;
    for (std::size_t i = 1; i < text.size(); ++i) cuts.push_back(i);
    bytes.say(sender, text, cuts);
  };
  slowly(kServer, kGreeting);
  slowly(kClient, kAsk);
  slowly(kServer, job(7));
  slowly(kClient, share(7));
  slowly(kServer, "GOOD\n");
  bytes.end();
  CHECK(bytes.story() == kProof);
}

TEST_CASE("a share of Duino-Coin is accepted only where its hash is right", "[protocol]") {
  Talk wrong;
  wrong.pool(kGreeting).miner(kAsk).pool(job(7)).miner(share(8)).pool("GOOD\n").end();
  CHECK(wrong.story() == Story{"getwork asked", "getwork accepted", "submit asked"});
  Talk bad;
  bad.pool(kGreeting).miner(kAsk).pool(job(7)).miner(share(8)).pool("BAD,Incorrect result\n").end();
  CHECK(bad.story() == Story{"getwork asked", "getwork accepted", "submit asked", "submit refused"});
  Talk binary;  // an AVR board counts in binary
  binary.pool(kGreeting).miner("JOB,someone,AVR,key\n").pool(job(5)).miner("101,196.2,Official AVR Miner 4.3,,42\n").pool("GOOD\n").end();
  CHECK(binary.story() == kProof);
  // A right share shows the protocol by itself.
  Talk alone;
  alone.miner("JOB,someone").pool(job(7)).miner("7").pool("GOOD\n").end();
  CHECK(alone.story() == Story{"getwork accepted", "submit asked", "submit accepted"});
}

TEST_CASE("what Duino-Coin's pool does not grant is refused or unanswered", "[protocol]") {
  Talk refused;
  refused.pool(kGreeting).miner(kAsk).pool("BAD,This user doesn't exist\n").end();
  CHECK(refused.story() == Story{"getwork asked"});
  Talk unknown;
  unknown.pool(kGreeting).miner(kAsk).pool("This user doesn't exist\n").end();
  CHECK(unknown.story() == Story{"getwork asked", "getwork refused"});
  Talk silent;
  silent.pool(kGreeting).miner(kAsk).end();
  CHECK(silent.story() == Story{"getwork asked"});
}

TEST_CASE("lines with commas are not Duino-Coin by that alone", "[protocol]") {
  Talk queue;
  queue.miner("JOB,alice,LOW\n").pool("QUEUED,17\n").miner("JOB,alice,MEDIUM\n").pool("GOOD\n").end();
  CHECK(queue.story().empty());
  Talk commits;  // two commits and a number, a build's outcome, a verdict
  commits.miner("JOB,runner,linux\n").pool(job(7)).miner("0,29.5,runner 1.0\n").pool("GOOD\n").end();
  CHECK(commits.story().empty());
  Talk sensors;
  sensors.pool("2.1\n").miner("TEMP,hall,21.5\n").pool("OK\n").miner("JOB,pump,ON\n").pool("OK\n").end();
  CHECK(sensors.story().empty());
  Talk echo;  // the miner's own words come back
  echo.miner(kAsk + "\n").pool(kAsk + "\n").miner(job(7)).pool(job(7)).end();
  CHECK(echo.story().empty());
}

TEST_CASE("Duino-Coin is found in mid-stream and behind holes", "[protocol]") {
  Talk late(shipped_dialects(), false);
  late.pool("OOD\n" + job(7)).miner(share(7)).pool("GOOD\n").miner(kAsk).pool(job(8)).miner(share(8)).pool("GOOD\n").end();
  CHECK(late.story() == Story{"getwork accepted", "submit asked", "submit accepted"});
  Talk hole;
  hole.pool(kGreeting).miner(kAsk).lose(kServer, 90).miner(share(7)).pool("GOOD\n").miner(kAsk).pool(job(8)).miner(share(8)).pool("GOOD\n").end();
  CHECK(hole.story() == Story{"getwork asked", "getwork asked", "getwork accepted", "submit asked", "submit accepted"});
}

TEST_CASE("what Duino-Coin's reader keeps is bounded", "[protocol]") {
  Talk endless;
  endless.pool(kGreeting).miner(kAsk);
  for (int i = 0; i < 20; ++i) endless.pool(std::string(100, 'a'));
  endless.miner(kAsk).pool(job(7)).miner(share(7)).pool("GOOD\n").end();
  CHECK(endless.story() == Story{"getwork asked", "getwork asked"});
  Talk strange;
  strange.pool(kGreeting).miner(kAsk);
  for (int i = 0; i <= DuinoConversation::kMaxStrange; ++i) strange.miner("what?\n");
  strange.pool(job(7)).miner(share(7)).pool("GOOD\n").end();
  CHECK(strange.story().size() <= 3);
}

TEST_CASE("Duino-Coin is given up behind the same word however the words are cut", "[protocol]") {
  const auto told = [](bool in_one) {
    Talk talk;
    talk.pool(kGreeting).miner(kAsk).pool(job(7));
    std::string words;
    for (int i = 0; i < DuinoConversation::kMaxStrange; ++i) words += "what?\n";
    if (in_one) {
      talk.miner(words + share(7) + "\n");
    } else {
      talk.miner(words).miner(share(7) + "\n");
    }
    return talk.pool("GOOD\n").end().story();
  };
  CHECK(told(true) == Story{"getwork asked", "getwork accepted"});
  CHECK(told(false) == told(true));
}

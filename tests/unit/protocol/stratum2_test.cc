#include "tests/unit/protocol/talk_fixture.h"

#include "scanner/protocol/stratum2_conversation.h"
#include "scanner/protocol/stratum2_message.h"

#include <catch2/catch.hpp>

#include <bit>

using namespace scanner;

namespace {

constexpr std::uint8_t kSetup = 0x00, kSetupSuccess = 0x01, kSetupError = 0x02, kOpen = 0x10, kOpenSuccess = 0x11,
                       kOpenError = 0x12, kJob = 0x15, kUpdate = 0x16, kClose = 0x18, kShare = 0x1a,
                       kShareSuccess = 0x1c, kShareError = 0x1d, kPrevious = 0x20, kTarget = 0x21;

std::string le16(std::size_t value) { return {static_cast<char>(value), static_cast<char>(value >> 8)}; }
std::string str(std::string_view text) { return static_cast<char>(text.size()) + std::string(text); }
std::string frame(std::uint8_t type, const std::string& payload) {
  return le16(type >= kJob && type <= kTarget ? 0x8000 : 0) + static_cast<char>(type) +
         le32(payload.size()).substr(0, 3) + payload;
}
std::string set_up(char protocol = 0, std::string_view host = "pool.example.net") {
  return frame(kSetup, protocol + le16(2) + le16(2) + le32(1) + str(host) + le16(34254) + str("maker") + str("r1") +
                           str("9.1") + str(""));
}
std::string agreed() { return frame(kSetupSuccess, le16(2) + le32(0)); }
// Below it lie 2^-32 of all hashes.
std::string target32() { return std::string(28, '\xff') + std::string(4, '\0'); }
std::string open(std::uint32_t request = 1, std::string_view user = "alice.rig") {
  return frame(kOpen, le32(request) + str(user) + le32(std::bit_cast<std::uint32_t>(1e12f)) + std::string(32, '\xff'));
}
std::string opened(std::uint32_t request = 1, std::uint32_t channel = 7) {
  return frame(kOpenSuccess, le32(request) + le32(channel) + target32() + str("abcd") + le32(100));
}
std::string job(std::uint32_t id = 1) {
  return frame(kJob, le32(7) + le32(id) + '\0' + le32(0x20000000) + std::string(32, 'm'));
}
std::string previous(std::uint32_t id = 1) {
  return frame(kPrevious, le32(7) + le32(id) + std::string(32, 'p') + le32(1772438400) + le32(0x1703a30c));
}
std::string share(std::uint32_t sequence, std::uint32_t channel = 7) {
  return frame(kShare, le32(channel) + le32(sequence) + le32(1) + le32(99) + le32(1772438400) + le32(0x20000000));
}
std::string accepted(std::uint32_t last, std::uint32_t count = 1, std::uint32_t channel = 7) {
  return frame(kShareSuccess, le32(channel) + le32(last) + le32(count) + le64(count));
}
std::string refused(std::uint32_t sequence) {
  return frame(kShareError, le32(7) + le32(sequence) + str("stale-share"));
}

// A channel is open.
struct Session : Talk {
  Session() { miner(set_up()).pool(agreed()).miner(open()).pool(opened()); }
};
Story rest_of(const Talk& talk, std::size_t from) {
  const Story story = talk.story();
  return Story(story.begin() + static_cast<std::ptrdiff_t>(std::min(from, story.size())), story.end());
}
constexpr std::size_t kSession = 4;  // observations of a Session

}  // namespace

TEST_CASE("a plain Stratum V2 session is told from set-up to accepted share", "[protocol][stratum2]") {
  Talk talk;
  talk.miner(set_up())
      .pool(agreed())
      .miner(open())
      .pool(opened() + job() + previous())
      .miner(share(0))
      .pool(accepted(0));
  CHECK(talk.story() == Story{"subscribe asked", "subscribe accepted", "authorise asked", "authorise accepted",
                              "job notified", "job notified", "submit asked", "submit accepted"});
  const auto seen = talk.seen();
  CHECK(seen[0].agent == "maker/9.1");
  CHECK(seen[0].host == "pool.example.net");
  CHECK(seen[2].worker == "alice.rig");
  CHECK(seen[2].reported_hashrate == Approx(1e12).epsilon(1e-6));
  CHECK(seen[7].worker == "alice.rig");
  CHECK(seen[7].target_hashes == Approx(4294967296.0).epsilon(1e-6));
  CHECK(seen[7].dialect == "stratum2");
  CHECK(seen[7].miner == kClient);
}

TEST_CASE("one Stratum V2 answer accepts as many shares as it counts, up to the one it names", "[protocol][stratum2]") {
  Session talk;
  for (std::uint32_t i = 0; i < 6; ++i) talk.miner(share(i));
  talk.pool(accepted(4, 3));  // 0 and 1 were settled by an answer that is missing; 5 waits
  CHECK(rest_of(talk, kSession + 6) == Story(3, "submit accepted"));
  talk.pool(accepted(5, 9));
  CHECK(rest_of(talk, kSession + 9) == Story{"submit accepted"});
  talk.pool(accepted(5, 9));
  CHECK(talk.story().size() == kSession + 10);
}

TEST_CASE("a refused Stratum V2 share is the one of that number, and the answer around it leaves it out",
          "[protocol][stratum2]") {
  Session talk;
  talk.miner(share(0) + share(1) + share(2)).pool(refused(1)).pool(accepted(2, 2));
  CHECK(rest_of(talk, kSession + 3) == Story{"submit refused", "submit accepted", "submit accepted"});
}

TEST_CASE("a Stratum V2 answer for a share, channel or request that was never seen accepts nothing",
          "[protocol][stratum2]") {
  Session talk;
  talk.miner(share(0)).pool(accepted(77)).pool(accepted(0, 1, 8)).pool(refused(50)).pool(opened(9, 9));
  CHECK(rest_of(talk, kSession + 1).empty());
  Talk no_set_up;
  no_set_up.pool(agreed() + job());
  CHECK(no_set_up.story() == Story{"job notified"});
}

TEST_CASE("a Stratum V2 echo answers nothing", "[protocol][stratum2]") {
  Talk talk;
  for (const auto& said : {set_up(), open(), share(0), accepted(0)}) talk.miner(said).pool(said);
  CHECK(talk.story() == Story{"subscribe asked", "authorise asked", "submit asked"});
}

TEST_CASE("refusals of Stratum V2 are told", "[protocol][stratum2]") {
  Talk talk;
  talk.miner(set_up()).pool(frame(kSetupError, le32(0) + str("unsupported-protocol")));
  CHECK(talk.story() == Story{"subscribe asked", "subscribe refused"});
  Talk user;
  user.miner(set_up()).pool(agreed()).miner(open()).pool(frame(kOpenError, le32(1) + str("unknown-user")));
  CHECK(rest_of(user, 2) == Story{"authorise asked", "authorise refused"});
}

TEST_CASE("Stratum V2 shares carry the target that was in force when they were sent", "[protocol][stratum2]") {
  Session talk;
  talk.miner(share(0))
      .pool(frame(kTarget, le32(100) + std::string(27, '\xff') + std::string(5, '\0')))
      .miner(share(1))
      .pool(accepted(1, 2));
  const auto seen = talk.seen();
  REQUIRE(seen.size() == kSession + 5);
  CHECK(seen[kSession + 3].target_hashes == Approx(0x1p32).epsilon(1e-6));
  CHECK(seen[kSession + 4].target_hashes == Approx(0x1p40).epsilon(1e-6));
}

TEST_CASE("a channel's new hash rate is told, its end is no more than a message", "[protocol][stratum2]") {
  Session talk;
  talk.miner(frame(kUpdate, le32(7) + le32(std::bit_cast<std::uint32_t>(3e12f)) + std::string(32, '\xff')))
      .miner(frame(kClose, le32(7) + str("bye")));
  CHECK(rest_of(talk, kSession) == Story{"hashrate asked", "other asked"});
  CHECK(talk.seen()[kSession].reported_hashrate == Approx(3e12).epsilon(1e-6));
}

TEST_CASE("templates taken over Stratum V2 are solo work, asked for and delivered", "[protocol][stratum2]") {
  const std::string made = frame(0x71, le64(77) + '\0' + le32(0x20000000) + std::string(28, 't'));
  Talk talk;
  talk.miner(set_up(2)).pool(agreed()).miner(frame(0x70, le32(100) + le16(1))).pool(made + made);
  CHECK(rest_of(talk, 2) == Story{"getwork asked", "getwork accepted", "job notified"});
  for (const MiningSeen& seen : talk.seen()) {
    CHECK(seen.dialect == "stratum2-templates");
    CHECK(seen.solo);
    CHECK_FALSE(seen.has_login);
  }
}

TEST_CASE("a token for declaring jobs is a log-in that the pool accepted", "[protocol][stratum2]") {
  Talk talk;
  talk.miner(set_up(1))
      .pool(agreed())
      .miner(frame(0x50, str("alice") + le32(3)))
      .pool(frame(0x51, le32(3) + str("token") + le16(0)));
  CHECK(rest_of(talk, 2) == Story{"authorise asked", "authorise accepted"});
  CHECK(talk.seen()[3].dialect == "stratum2-declaration");
  CHECK(talk.seen()[3].worker == "alice");
}

TEST_CASE("Stratum V2 in the middle wants two messages before it says anything", "[protocol][stratum2]") {
  Talk one(shipped_dialects(), false);
  one.pool("\x01\x02\x03" + job());
  CHECK(one.story().empty());
  one.pool(previous());
  CHECK(one.story() == Story{"job notified"});

  Talk proof(shipped_dialects(), false);
  proof.miner(share(41)).pool(accepted(41));
  CHECK(proof.story() == Story{"submit accepted"});
}

TEST_CASE("a hole in Stratum V2 costs the messages in it", "[protocol][stratum2]") {
  Session talk;
  talk.miner(share(0)).miner(share(1).substr(0, 10)).lose(kClient, 20).miner(share(2)).pool(accepted(2, 3));
  CHECK(rest_of(talk, kSession) == Story{"submit asked", "submit asked", "submit accepted", "submit accepted"});

  Session lost;
  lost.lose(kClient, 33).miner("\x01\x02" + share(3)).pool(accepted(3));
  CHECK(rest_of(lost, kSession) == Story{"submit asked", "submit accepted"});
}

TEST_CASE("an unanswered Stratum V2 share that was acknowledged is delivered", "[protocol][stratum2]") {
  Session talk;
  talk.miner(share(0)).acknowledge(kServer);
  CHECK(rest_of(talk, kSession + 1).empty());
  talk.wait(6).acknowledge(kServer);
  CHECK(rest_of(talk, kSession + 1) == Story{"submit delivered"});
}

TEST_CASE("Stratum V2 reads the same in any cut", "[protocol][stratum2]") {
  const std::string pool = opened() + job() + previous() + accepted(1, 2) + refused(2);
  const std::vector<Segment> said = {
      {kClient, set_up() + open()}, {kServer, agreed()}, {kClient, share(0) + share(1) + share(2)}, {kServer, pool}};
  check_every_cut(test_flow(34254), said);
  check_every_cut(test_flow(34254, IpProtocol::Tcp, false),
                  {{kServer, "xyz" + job() + previous()}, {kClient, std::string(3, '\0') + share(0) + share(1)}});
}

TEST_CASE("more Stratum V2 shares than are kept cost the oldest", "[protocol][stratum2]") {
  Session talk;
  const auto most = static_cast<std::uint32_t>(Stratum2Conversation::kMaxShares);
  for (std::uint32_t i = 0; i < most + 10; ++i) talk.miner(share(i));
  talk.pool(accepted(5, 6)).pool(accepted(most + 9, most + 10));
  CHECK(rest_of(talk, kSession + most + 10).size() == most);
}

TEST_CASE("binary protocols with small headers are not Stratum V2", "[protocol][stratum2]") {
  const std::vector<std::string> others = {
      from_hex("000000a4 ff534d4272 00000000 1853c80000000000000000000000000000"),                  // SMB
      from_hex("00000054 00030000 75736572 00 616c696365 00 64617461 62617365 00 64 62 0000"),      // PostgreSQL
      from_hex("00000020 00000003 00000001 0007 636c69656e74 31 ffff 000003e8 00000001 00000000"),  // Kafka, produce
      from_hex(
          "000000200000 02000300 00000000 0000000000000000000000000000000000000000000000000000"),  // another version
      from_hex("0080152d0000 07000000 01000000 00 00000000") + std::string(32, 'm'),  // a block version that is none
      from_hex("00801a180000") + std::string(24, '\0'),                               // no time
      std::string(400, '\0'),
  };
  for (const std::string& bytes : others)
    for (const bool start_seen : {true, false}) {
      Talk talk(shipped_dialects(), start_seen);
      for (int i = 0; i < 4; ++i) talk.miner(bytes).pool(bytes);
      CHECK(talk.story().empty());
    }
}

TEST_CASE("a frame that contradicts its type ends the reading", "[protocol][stratum2]") {
  Session talk;
  std::string bad = open(2, "bob");
  bad[10] = '\x7f';
  talk.miner(bad).miner(share(0)).pool(accepted(0));
  CHECK(rest_of(talk, kSession).empty());
}

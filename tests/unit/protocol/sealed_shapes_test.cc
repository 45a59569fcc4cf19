#include "tests/unit/protocol/flow_fixture.h"

#include <catch2/catch.hpp>

using namespace scanner;

namespace {

std::string noise(std::size_t size, std::uint64_t seed = 1) {
  std::string bytes;
  for (std::uint64_t state = seed * 0x9e3779b97f4a7c15u; bytes.size() < size;) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    bytes += static_cast<char>(state >> 56);
  }
  return bytes;
}

// The turns of a conversation, in bytes, the client's first.
std::vector<Segment> turns(const std::vector<std::size_t>& sizes) {
  std::vector<Segment> said;
  for (std::size_t i = 0; i < sizes.size(); ++i)
    said.push_back({i % 2 == 0 ? kClient : kServer, noise(sizes[i], i + 1)});
  return said;
}

std::vector<std::string> shapes(const std::vector<Segment>& said, std::uint16_t port = 34254, bool start_seen = true) {
  FlowRun run(test_flow(port, IpProtocol::Tcp, start_seen));
  for (const Segment& segment : said) run.say(segment.sender, segment.bytes);
  std::vector<std::string> found;
  for (const SealedSeen& seen : run.sink.all<SealedSeen>()) found.push_back(seen.shape);
  for (const CoinPeerSeen& seen : run.sink.all<CoinPeerSeen>()) found.push_back(seen.protocol + " " + seen.command);
  return found;
}

using Shapes = std::vector<std::string>;
const std::vector<std::size_t> kStratum2 = {64, 234, 100, 44, 110, 260};

std::string ecies(std::size_t size, std::uint64_t seed) { return be16(size) + '\x04' + noise(size - 1, seed); }

}  // namespace

TEST_CASE("the turns of a sealed Stratum V2 session are its shape", "[protocol][sealed]") {
  CHECK(shapes(turns(kStratum2)) == Shapes{"stratum2-noise"});
  CHECK(shapes(turns({64, 170, 54, 44, 79, 83})) == Shapes{"stratum2-noise"});
}

TEST_CASE("any other length in any turn is not the shape of Stratum V2", "[protocol][sealed]") {
  for (std::size_t turn = 0; turn + 1 < kStratum2.size(); ++turn)
    for (const int by : {-70, -1, 1, 1400}) {
      std::vector<std::size_t> sizes = kStratum2;
      const bool range = turn == 2 || turn == 4;  // these two vary
      if ((range && std::abs(by) == 1) || static_cast<int>(sizes[turn]) + by <= 0) continue;
      sizes[turn] = static_cast<std::size_t>(static_cast<int>(sizes[turn]) + by);
      INFO("turn " << turn << " by " << by);
      CHECK(shapes(turns(sizes)).empty());
    }
  CHECK(shapes(turns({64, 234, 100, 44, 110, 40})).empty());
  CHECK(shapes(turns({64, 234, 100, 44, 110})).empty());
}

TEST_CASE("bytes that are not random, a start that was not seen or a hole have no shape", "[protocol][sealed]") {
  auto said = turns(kStratum2);
  said[0].bytes = std::string(64, 'k');
  CHECK(shapes(said).empty());
  said = turns(kStratum2);
  for (std::size_t i = 0; i < 64; i += 2) said[1].bytes[i] = '\0';
  CHECK(shapes(said).empty());
  CHECK(shapes(turns(kStratum2), 34254, false).empty());
  FlowRun run(test_flow(34254));
  run.say(kClient, noise(64));
  run.lose(kServer, 34);
  run.say(kServer, noise(200, 2));
  for (const Segment& segment : turns({100, 44, 110, 260})) run.say(segment.sender, segment.bytes);
  CHECK(run.sink.taken.empty());
}

TEST_CASE("Bitcoin's v2 transport is told on Bitcoin's ports and never as Stratum V2", "[protocol][sealed]") {
  const std::vector<std::size_t> like_it = {64, 234, 36 + 123, 123 + 42, 29, 29};
  CHECK(shapes(turns(like_it), 34254).empty());
  CHECK(shapes(turns(like_it), 8333) == Shapes{"bip324"});
  CHECK(shapes(turns({64 + 4095, 64 + 4095 + 36, 36 + 123, 165}), 8333) == Shapes{"bip324"});
  CHECK(shapes(turns({64 + 4096, 234, 159, 165}), 8333).empty());
  CHECK(shapes(turns({64, 99, 159, 165}), 8333).empty());
}

TEST_CASE("Ethereum peers are told by sizes that fit both ways", "[protocol][sealed]") {
  const std::vector<Segment> said = {
      {kClient, ecies(382, 1)}, {kServer, ecies(313, 2) + noise(160, 3)}, {kClient, noise(192, 4)}};
  CHECK(shapes(said, 30303) == Shapes{"rlpx auth", "rlpx ack"});
  auto other = said;
  other[0].bytes += 'x';
  CHECK(shapes(other, 30303).empty());
  other = said;
  other[1].bytes += 'x';
  CHECK(shapes(other, 30303).empty());
  other = said;
  other[1].bytes[2] = '\x05';
  CHECK(shapes(other, 30303).empty());
  other = said;
  other.resize(1);
  CHECK(shapes(other, 30303).empty());
}

TEST_CASE("sealed shapes do not depend on the cut", "[protocol][sealed]") {
  check_every_cut(test_flow(34254), turns(kStratum2));
  check_every_cut(test_flow(8333), turns({200, 300, 159, 165}));
  check_every_cut(test_flow(30303),
                  {{kClient, ecies(382, 1)}, {kServer, ecies(313, 2) + noise(160, 3)}, {kClient, noise(192, 4)}});
}

#include "scanner/detect/detectors.h"
#include "tests/support/detector_bench.h"

#include <catch2/catch.hpp>
#include <map>

using namespace scanner;

namespace {

constexpr std::int64_t kMinute = 60'000'000'000;

// 192.0.2.0/24 is ours.
class Ours final : public Attribution {
 public:
  std::optional<Subject> subject_of(const FlowRef& flow, Direction sender, Timestamp at, const std::optional<ProcessId>&) const override {
    return local_subject_of(flow, sender, at);
  }
  std::optional<Subject> local_subject_of(const FlowRef& flow, Direction sender, Timestamp) const override {
    const IpAddress& address = flow.sender(sender).address;
    if (!ours.contains(address)) return std::nullopt;
    Subject subject;
    subject.id = "ip:" + address.to_string();
    subject.address = address;
    return subject;
  }
  Subject subject_of(const Process&, Timestamp) const override { return {}; }
  std::uint64_t version() const override { return 0; }
  Cidr ours = *Cidr::parse("192.0.2.0/24");
};

Endpoint end(const std::string& address, std::uint16_t port) { return {*IpAddress::parse(address), port}; }

class Bench {
 public:
  void say(std::uint64_t flow, const std::string& miner, const std::string& pool, MiningRole role, MiningOutcome outcome) {
    MiningSeen seen;
    seen.role = role;
    seen.outcome = outcome;
    seen.dialect = "d";
    seen.worker = "somebody";
    send(flow, miner, pool, seen);
  }
  void session(std::uint64_t flow, const std::string& miner, const std::string& pool) { say(flow, miner, pool, MiningRole::Authorise, MiningOutcome::Accepted); }
  void share(std::uint64_t flow, const std::string& miner, const std::string& pool) { say(flow, miner, pool, MiningRole::Submit, MiningOutcome::Accepted); }
  void send(std::uint64_t flow, const std::string& miner, const std::string& pool, decltype(Observation::what) what) {
    Observation observation;
    observation.at = now;
    observation.flow.id = flow;
    observation.flow.start_seen = true;
    observation.flow.tuple = {end(miner, 40000), end(pool, 3333), IpProtocol::Tcp};
    observation.what = std::move(what);
    detector->observe(observation, DetectorContext{*ruleset, names, processes, attribution, flows, board});
  }
  const Finding* finding(const std::string& key) const {
    const auto found = board.findings.find(key);
    return found == board.findings.end() ? nullptr : &found->second;
  }
  std::string service() const { return finding("service") == nullptr ? "" : finding("service")->reason; }

  Timestamp now{1000 * kMinute};
  test::FindingBoard board;

 private:
  std::shared_ptr<const Ruleset> ruleset = Ruleset::empty();
  KnownNames names;
  ProcessTable processes;
  Ours attribution;
  FlowStages flows;
  std::unique_ptr<Detector> detector = make_pool_operation();
};

const std::string kService = "192.0.2.80", kUpstream = "198.51.100.7";

}  // namespace

TEST_CASE("a service is told with the clients that it served", "[pool]") {
  Bench bench;
  bench.share(1, "203.0.113.1", kService);
  bench.share(2, "203.0.113.2", kService);
  bench.share(3, "203.0.113.2", kService);
  REQUIRE(bench.finding("flow:1") != nullptr);
  CHECK(bench.finding("flow:1")->stage == Stage::Proof);
  CHECK(bench.finding("flow:1")->mining->pool == "192.0.2.80:3333");
  CHECK(bench.finding("flow:1")->mining->worker.empty());
  CHECK(bench.service() == "served 2 client addresses");
  CHECK(bench.finding("service")->stage == Stage::Proof);
}

TEST_CASE("nobody but our own addresses operates a pool", "[pool]") {
  Bench bench;
  bench.share(1, "192.0.2.10", kUpstream);
  bench.share(2, "203.0.113.1", kUpstream);
  CHECK(bench.board.findings.empty());
}

TEST_CASE("clients and upstreams of a proxy are counted", "[pool]") {
  Bench bench;
  bench.session(1, kService, kUpstream);
  for (int i = 0; i < 3; ++i) bench.session(10 + static_cast<std::uint64_t>(i), "203.0.113." + std::to_string(i), kService);
  CHECK(bench.service() == "served 3 client addresses; mines itself at 1 upstream pool: clients are folded into fewer upstreams, as by a proxy");
  CHECK(bench.finding("service")->stage == Stage::Session);
  bench.session(2, kService, "198.51.100.8");
  CHECK(bench.service().find("2 upstream pools") != std::string::npos);
}

TEST_CASE("an upstream session that is long over makes no proxy", "[pool]") {
  Bench bench;
  bench.session(1, kService, kUpstream);
  bench.now = bench.now + Duration(14 * kMinute);
  bench.say(1, kService, kUpstream, MiningRole::Job, MiningOutcome::Notified);
  bench.now = bench.now + Duration(14 * kMinute);
  bench.session(2, "203.0.113.1", kService);
  CHECK(bench.finding("flow:2")->stage == Stage::Session);
  bench.now = bench.now + Duration(15 * kMinute);
  bench.session(3, "203.0.113.2", kService);
  CHECK(bench.finding("flow:3")->stage == Stage::Contact);
}

TEST_CASE("what a service did in a closed incident is not told of the next", "[pool]") {
  Bench bench;
  bench.share(1, "203.0.113.1", kService);
  bench.now = bench.now + Duration(15 * kMinute);
  bench.session(2, "203.0.113.9", kService);
  CHECK(bench.finding("service")->stage == Stage::Contact);
  CHECK(bench.service() == "served 1 client address");
  CHECK(bench.finding("service")->first_seen == bench.now);
}

TEST_CASE("P2Pool's own protocol is told of a service", "[pool]") {
  Bench bench;
  CoinPeerSeen peer;
  peer.protocol = "p2pool";
  bench.send(9, kService, "198.51.100.9", peer);
  CHECK(bench.board.findings.empty());
  bench.share(1, "203.0.113.1", kService);
  bench.send(9, kService, "198.51.100.9", peer);
  CHECK(bench.service() == "served 1 client address; speaks P2Pool's peer-to-peer protocol");
}

TEST_CASE("a service with very many clients is counted up to a bound", "[pool]") {
  Bench bench;
  for (int i = 0; i < 400; ++i) bench.share(static_cast<std::uint64_t>(i), "203.0." + std::to_string(i / 200) + "." + std::to_string(i % 200), kService);
  CHECK(bench.service() == "served at least 256 client addresses");
  CHECK(bench.board.findings.size() == 401);
}

TEST_CASE("a flow that is over is forgotten", "[pool]") {
  Bench bench;
  bench.share(1, "203.0.113.1", kService);
  bench.send(1, "203.0.113.1", kService, FlowOver{});
  bench.session(1, "203.0.113.1", kService);
  CHECK(bench.finding("flow:1")->stage == Stage::Contact);
}

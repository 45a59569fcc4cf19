// The judgement of shapes: what it concludes, what raises the belief, and what a process adds.
#include "scanner/detect/detectors.h"
#include "tests/support/detector_bench.h"

#include <catch2/catch.hpp>

#include <limits>
#include <map>

using namespace scanner;

namespace {

using namespace std::chrono_literals;

constexpr Timestamp kStart{1'700'000'000'000'000'000};

// Says "mining" of requests longer than 2^7 bytes and "something else" of shorter ones.
ShapeModel made_up_model(double threshold = 3, double beside_process = 3) {
  ShapeModel model;
  model.id = "made-up";
  model.revision = 4;
  model.bias = -7;
  model.ages = {{45s, threshold, beside_process}};
  model.context = {.alpn_web = -6, .alpn_none = 0.3, .sni_none = 0.2, .self_signed = 0.4, .nameless = 0.2, .pool_port = 0.5, .reconnects = 0.5, .in_step = 3, .listed = 2};
  model.least_requests = model.least_answers = 4;
  model.least_pushes = 2;
  model.unknown_half = 4;
  model.unknown_floor = 0.05;
  ShapeModel::Tree tree;
  tree.splits[0] = {ShapeFeature::RequestSize, 7};
  tree.values[1] = -6;
  tree.values[2] = 11;
  for (const std::size_t left : {3U, 7U, 4U, 8U, 9U, 10U}) tree.values[left] = -6;
  for (const std::size_t right : {5U, 6U, 11U, 12U, 13U, 14U}) tree.values[right] = 11;
  model.trees = {tree};
  return model;
}

std::shared_ptr<const Ruleset> rules(double threshold = 3, double beside_process = 3) {
  Diagnostics none;
  return Ruleset::make({}, {}, {}, none, {made_up_model(threshold, beside_process)});
}

struct Bench {
  std::shared_ptr<const Ruleset> ruleset = rules();
  KnownNames names;
  ProcessTable processes;
  test::AddressAttribution attribution;
  FlowStages flows;
  test::FindingBoard board;
  std::unique_ptr<Detector> veiled = make_veiled_mining(), processes_ladder = make_process_ladder();
  std::uint64_t sequence = 0;

  static FlowRef flow(std::uint64_t id, std::uint32_t client = 0xc0000201U) {
    FlowRef ref;
    ref.id = id;
    ref.tuple = {{IpAddress::v4(client), static_cast<std::uint16_t>(40000 + id)}, {IpAddress::v4(0xc6336407U), 443}, IpProtocol::Tcp};
    ref.start_seen = true;
    return ref;
  }
  template <typename What>
  void see(const FlowRef& on, What what, Duration after = 5min) {
    Observation observation;
    observation.at = kStart + after;
    observation.sequence = ++sequence;
    observation.frame = static_cast<std::uint32_t>(sequence);
    observation.flow = on;
    if constexpr (std::is_same_v<What, HostSeen>) processes.learn(what.record(), observation.at);
    observation.what = std::move(what);
    const DetectorContext context{*ruleset, names, processes, attribution, flows, board};
    veiled->observe(observation, context);
    processes_ladder->observe(observation, context);
  }
  const Finding* of(std::uint64_t flow) const {
    const auto found = board.findings.find("flow:" + std::to_string(flow));
    return found == board.findings.end() ? nullptr : &found->second;
  }
};

ShapeSeen shape(bool mining, Duration after = 5min, std::vector<int> push_seconds = {}) {
  ShapeSeen seen;
  seen.watched = 4min;
  seen.until = kStart + after;
  seen.requests = seen.answers = 30;
  seen.pushes = 8;
  seen.features.fill(std::numeric_limits<float>::quiet_NaN());
  seen.features[static_cast<std::size_t>(ShapeFeature::RequestSize)] = mining ? 7.7F : 6.0F;
  for (std::size_t i = 0; i < push_seconds.size(); ++i) seen.push_times[i] = kStart + std::chrono::seconds(push_seconds[i]);
  return seen;
}

HostSeen socket_of(std::int32_t pid, const FlowRef& flow) {
  HostRecord record;
  SocketOwned owned;
  owned.id = {"boot", 1, pid};
  record.at = kStart + 5min;
  owned.local = flow.tuple.source;
  owned.remote = flow.tuple.destination;
  owned.protocol = IpProtocol::Tcp;
  record.what = owned;
  return HostSeen(std::move(record));
}

HostSeen load_of(std::int32_t pid, Duration after, double cores) {
  HostRecord record;
  record.at = kStart + after;
  record.what = UsageSample{{"boot", 1, pid}, 10s, cores};
  return HostSeen(std::move(record));
}

}  // namespace

TEST_CASE("what TLS says stands in the reason, and weighs as the model says", "[detect][shape]") {
  Bench bench;
  TlsClientHello hello;
  hello.ja4 = "t13i0505h1_000000000000_111111111111";
  bench.see(Bench::flow(1), hello, 1s);
  bench.see(Bench::flow(1), shape(true));
  const Finding* finding = bench.of(1);
  REQUIRE(finding != nullptr);
  CHECK(finding->reason.ends_with("; the client's JA4 is t13i0505h1_000000000000_111111111111"));
  std::map<std::string, double> terms;
  for (const ScoreTerm& term : finding->score->terms) terms[term.what] = term.log_odds;
  CHECK(terms["the client names no server (SNI)"] == 0.2);
  CHECK(terms["the client offers no protocol (ALPN)"] == 0.3);
  hello.alpn = {"h2"};
  bench.see(Bench::flow(2), hello, 1s);
  bench.see(Bench::flow(2), shape(true));
  CHECK(bench.of(2) == nullptr);
}

TEST_CASE("the shape of mining is a contact that shows its arithmetic", "[detect][shape]") {
  Bench bench;
  bench.see(Bench::flow(1), shape(true));
  const Finding* finding = bench.of(1);
  REQUIRE(finding != nullptr);
  CHECK(finding->activity == "mining.pool");
  CHECK(finding->stage == Stage::Contact);
  CHECK(finding->subject.id == "ip:192.0.2.1");
  CHECK(finding->revision == 4);
  CHECK(finding->reason.find("pushed 8 times") != std::string::npos);
  REQUIRE(finding->score);
  const ScoreSheet& sheet = *finding->score;
  double sum = 0;
  for (const ScoreTerm& term : sheet.terms) sum += term.log_odds;
  CHECK(sum == Approx(sheet.log_odds));
  CHECK(sheet.log_odds == Approx(4));
  CHECK(sheet.belief + sheet.disbelief + sheet.unknown == Approx(1));
  CHECK(sheet.unknown > 0.05);
  CHECK(finding->weight == sheet.belief);
  CHECK(sheet.terms[1].what.find("requests are 208 bytes long") != std::string::npos);
}

TEST_CASE("the shape of something else concludes nothing, nor does one without a model", "[detect][shape]") {
  Bench bench;
  bench.see(Bench::flow(1), shape(false));
  CHECK(bench.board.findings.empty());
  bench.ruleset = Ruleset::empty();
  bench.see(Bench::flow(1), shape(true));
  CHECK(bench.board.findings.empty());
}

TEST_CASE("a client that offers HTTP counts against, a silent one only raises the belief", "[detect][shape]") {
  Bench bench;
  TlsClientHello web;
  web.sni = "www.example.net";
  web.alpn = {"h2", "http/1.1"};
  bench.see(Bench::flow(1), web);
  bench.see(Bench::flow(1), shape(true));
  CHECK(bench.of(1) == nullptr);
  bench.see(Bench::flow(2), TlsClientHello{});
  bench.see(Bench::flow(2), shape(true));
  REQUIRE(bench.of(2) != nullptr);
  CHECK(bench.of(2)->score->log_odds == Approx(4 + 0.3 + 0.2));
  bench.see(Bench::flow(3), TlsClientHello{});
  bench.see(Bench::flow(3), shape(false));
  CHECK(bench.of(3) == nullptr);
}

TEST_CASE("what TLS told of a flow is known as long as it lasts, whatever comes and goes beside it", "[detect][shape]") {
  Bench bench;
  TlsClientHello web;
  web.alpn = {"h2"};
  bench.see(Bench::flow(1), web);
  for (std::uint64_t other = 2; other < 140'000; ++other) {
    bench.see(Bench::flow(other), TlsClientHello{});
    bench.see(Bench::flow(other), FlowOver{});
  }
  bench.see(Bench::flow(1), shape(true));
  CHECK(bench.of(1) == nullptr);
}

TEST_CASE("a list entry raises the belief and makes no finding by itself, also behind a proxy", "[detect][shape]") {
  Bench bench;
  Diagnostics none;
  Datasets lists;
  load_dataset("pools.tsv",
               "#! name: pools\n#! kind: hosts\n#! date: 2026-01-02\n#! licence: facts\nhost\tcoins\tpool\tports\ttier\tflags\tsources\tadded\n"
               "pool.example\tXMR\tExample\t\tA\t\tlist-a\t2026-01-02\n",
               lists, none);
  REQUIRE(none.empty());
  bench.ruleset = Ruleset::make({}, std::move(lists), {}, none, {made_up_model()});
  for (const std::uint64_t flow : {1, 2}) bench.see(Bench::flow(flow), ProxyRequestSeen{"socks5", "pool.example", 3333});
  bench.see(Bench::flow(1), shape(false));
  CHECK(bench.board.findings.empty());
  bench.see(Bench::flow(2), shape(true));
  REQUIRE(bench.of(2) != nullptr);
  CHECK(bench.of(2)->listed == "pools:pool.example");
  CHECK(bench.of(2)->score->log_odds > 4);
  CHECK(bench.of(2)->stage == Stage::Contact);
}

TEST_CASE("jobs at the same moments on another flow of the holder raise the belief", "[detect][shape]") {
  Bench bench;
  bench.attribution.tenant = "acme";
  const std::vector<int> jobs{10, 52, 131, 160, 222};
  bench.see(Bench::flow(1, 0xc0000201U), shape(true, 5min, jobs));
  bench.see(Bench::flow(2, 0xc0000202U), shape(true, 5min, jobs));
  CHECK(bench.of(1)->score->log_odds == Approx(4));
  CHECK(bench.of(2)->score->log_odds == Approx(4 + 3));
  bench.see(Bench::flow(3, 0xc0000203U), shape(true, 5min, {21, 72, 101, 190, 210}));
  CHECK(bench.of(3)->score->log_odds == Approx(4));
  // Of somebody else.
  bench.attribution.tenant = "other";
  bench.see(Bench::flow(4, 0xc0000204U), shape(true, 5min, jobs));
  CHECK(bench.of(4)->score->log_odds < 5);
}

TEST_CASE("jobs at the same moments make no finding of a shape that is none", "[detect][shape]") {
  Bench bench;
  const std::vector<int> pushes{10, 52, 131, 160, 222};
  bench.see(Bench::flow(1), shape(false, 5min, pushes));
  bench.see(Bench::flow(2), shape(false, 5min, pushes));
  CHECK(bench.board.findings.empty());
}

TEST_CASE("a conclusion that later evidence contradicts is taken back, with what it lent to a process", "[detect][shape]") {
  Bench bench;
  bench.see(Bench::flow(1), shape(true));
  REQUIRE(bench.of(1) != nullptr);
  bench.see(Bench::flow(1), socket_of(77, Bench::flow(1)));
  for (int i = 1; i <= 12; ++i) bench.see(Bench::flow(1), load_of(77, 5min + i * 10s, 3.9), 5min + i * 10s);
  REQUIRE(bench.board.findings.size() > 1);
  bench.see(Bench::flow(1), shape(false, 15min), 15min);
  CHECK(bench.board.findings.empty());
}

TEST_CASE("a socket's owner that computes evenly makes the shape a session, one that idles does not", "[detect][shape]") {
  Bench bench;
  bench.see(Bench::flow(1), shape(true));
  bench.see(Bench::flow(1), socket_of(77, Bench::flow(1)));
  CHECK(bench.board.findings.size() == 1);
  for (int i = 1; i <= 12; ++i) bench.see(Bench::flow(1), load_of(77, 5min + i * 10s, 0.05), 5min + i * 10s);
  CHECK(bench.board.findings.size() == 1);
  for (int i = 13; i <= 30; ++i) bench.see(Bench::flow(1), load_of(77, 5min + i * 10s, 3.9), 5min + i * 10s);
  Stage highest = Stage::None;
  bool usage = false;
  for (const auto& [key, finding] : bench.board.findings) {
    if (finding.kind == EvidenceKind::Process) highest = std::max(highest, finding.stage);
    usage = usage || finding.kind == EvidenceKind::Usage;
  }
  CHECK(highest == Stage::Session);
  CHECK(usage);
  CHECK(bench.of(1)->stage == Stage::Contact);
}

TEST_CASE("a shape that is only likely is an indicator of which no process makes a breach", "[detect][shape]") {
  Bench bench;
  bench.ruleset = rules(3, 6);
  bench.see(Bench::flow(1), shape(true));
  bench.see(Bench::flow(1), socket_of(77, Bench::flow(1)));
  for (int i = 1; i <= 30; ++i) bench.see(Bench::flow(1), load_of(77, 5min + i * 10s, 3.9), 5min + i * 10s);
  REQUIRE(bench.of(1) != nullptr);
  CHECK(bench.of(1)->reason.find("or 6.00 for a breach with its process") != std::string::npos);
  CHECK(bench.board.findings.size() == 1);
}

TEST_CASE("what a process made of a shape is taken back where the shape is only likely after all", "[detect][shape]") {
  Bench bench;
  bench.see(Bench::flow(1), shape(true));
  bench.see(Bench::flow(1), socket_of(77, Bench::flow(1)));
  for (int i = 1; i <= 12; ++i) bench.see(Bench::flow(1), load_of(77, 5min + i * 10s, 3.9), 5min + i * 10s);
  REQUIRE(bench.board.findings.size() > 1);
  // Still an indicator: above its threshold, or below it by less than one.
  const bool above = GENERATE(true, false);
  bench.ruleset = above ? rules(3, 6) : rules(4.5, 4.5);
  bench.see(Bench::flow(1), shape(true, 15min), 15min);
  CHECK(bench.of(1) != nullptr);
  CHECK(bench.board.findings.size() == 1);
}

TEST_CASE("the load of a process that owns another socket adds nothing to a shape", "[detect][shape]") {
  Bench bench;
  bench.see(Bench::flow(1), shape(true));
  bench.see(Bench::flow(1), socket_of(77, Bench::flow(9)));
  for (int i = 1; i <= 30; ++i) bench.see(Bench::flow(1), load_of(77, 5min + i * 10s, 3.9), 5min + i * 10s);
  CHECK(bench.board.findings.size() == 1);
}

TEST_CASE("of a flow on which mining was read nothing is guessed", "[detect][shape]") {
  Bench bench;
  Finding read;
  read.flow = Bench::flow(1);
  read.activity = "mining.pool";
  read.stage = Stage::Proof;
  bench.flows.note(read, Direction::FromInitiator);
  bench.see(Bench::flow(1), shape(true));
  CHECK(bench.board.findings.empty());
}

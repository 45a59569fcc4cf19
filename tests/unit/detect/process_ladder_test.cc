#include "scanner/detect/detectors.h"
#include "scanner/signature/load.h"

#include <catch2/catch.hpp>
#include <map>

using namespace scanner;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::string yaml(const std::string& id, const std::string& activity, const std::string& stage,
                 const std::string& status = "active") {
  return "id: " + id + "\ntitle: the title of " + id + "\nactivity: " + activity +
         "\nfield: process.cmdline\nstage: " + stage + "\nweight: 0.5\nstatus: " + status +
         "\nowner: o\nrevision: 1\npatterns:\n  p: {literal: x}\ncondition: p\nreferences: [r]\n" +
         "known_false_positives: []\nexamples: {match: [x], no_match: [y]}\n";
}

std::shared_ptr<const Ruleset> made_up_rules() {
  std::vector<Signature> signatures;
  Diagnostics diagnostics;
  for (const std::string& text :
       {yaml("name", "mining.software", "interest"), yaml("options", "mining.software", "contact"),
        yaml("draft", "mining.software", "contact", "experimental"), yaml("node", "coin.node", "interest")})
    load_signature("f", text, signatures, diagnostics);
  auto ruleset = Ruleset::make(std::move(signatures), {}, {}, diagnostics);
  REQUIRE(diagnostics.empty());
  return ruleset;
}

class ByAddress final : public Attribution {
 public:
  static Subject of(const IpAddress& address) {
    Subject subject;
    subject.id = "ip:" + address.to_string();
    subject.address = address;
    return subject;
  }
  std::optional<Subject> subject_of(const FlowRef& flow, Direction sender, Timestamp, const std::optional<ProcessId>&) const override {
    return of(flow.sender(sender).address);
  }
  std::optional<Subject> local_subject_of(const FlowRef& flow, Direction sender, Timestamp) const override { return of(flow.sender(sender).address); }
  Subject subject_of(const Process& process, Timestamp) const override {
    if (process.address) return of(*process.address);
    Subject subject;
    subject.id = "host:local";
    return subject;
  }
  std::uint64_t version() const override { return 0; }
};

// Findings as the incidents would hold them: by incident and key.
class Board final : public FindingSink {
 public:
  void take(const Finding& finding) override {
    ++taken;
    findings[finding.subject.id + " " + finding.activity][finding.key] = finding;
  }
  void withdraw(const Subject& subject, const std::string& activity, const std::string& key) override {
    findings[subject.id + " " + activity].erase(key);
  }
  void merge(const Subject& subject, const std::string& activity, const std::vector<std::string>& keys,
             const Subject& into, const std::string& into_activity) override {
    const std::string from = subject.id + " " + activity;
    merged.push_back(from + " > " + into.id + " " + into_activity);
    for (const std::string& key : keys) findings[from].erase(key);
  }
  // Of an incident's findings of one kind, the highest; null: none.
  const Finding* best(const std::string& incident, EvidenceKind kind = EvidenceKind::Process) const {
    const Finding* best = nullptr;
    const auto found = findings.find(incident);
    if (found == findings.end()) return nullptr;
    for (const auto& [key, finding] : found->second)
      if (finding.kind == kind && (best == nullptr || finding.stage > best->stage)) best = &finding;
    return best;
  }
  Stage stage(const std::string& incident) const {
    const Finding* finding = best(incident);
    return finding == nullptr ? Stage::None : finding->stage;
  }

  std::map<std::string, std::map<std::string, Finding>> findings;
  std::vector<std::string> merged;
  int taken = 0;
};

const std::string kOwn = "host:local mining.software";
const std::string kPool = "ip:192.0.2.10 mining.pool";
const Endpoint kMiner{*IpAddress::parse("192.0.2.10"), 40000}, kServer{*IpAddress::parse("198.51.100.7"), 3333};

class Bench {
 public:
  ProcessId start(std::int32_t pid, const std::string& executable = "/opt/x", std::vector<std::string> arguments = {},
                  std::int32_t parent = 0) {
    ProcessStarted started;
    started.id = {"", pid * kSecond, pid};
    started.executable = executable;
    started.arguments = std::move(arguments);
    started.parent_pid = parent;
    record(started);
    return started.id;
  }
  void record(const decltype(HostRecord::what)& what) {
    const HostRecord record{now, what};
    processes.learn(record, now);
    observe(HostSeen{record});
  }
  void hit(const ProcessId& id, const std::string& signature) {
    SignatureHit hit;
    hit.signature = signature;
    hit.process = id;
    hit.excerpt = "the words of " + signature;
    observe(hit);
  }
  void own(const ProcessId& id, const Endpoint& local = kMiner, const Endpoint& remote = kServer) {
    record(SocketOwned{id, local, remote, IpProtocol::Tcp});
  }
  void load(const ProcessId& id, double cores = 4, int samples = 8) {
    for (int i = 0; i < samples; ++i) {
      now = now + std::chrono::seconds(10);
      record(UsageSample{id, std::chrono::seconds(10), cores, 0});
    }
  }
  // A message on a conversation that stands at `stage`.
  void mining(Stage stage, std::uint64_t flow = 1, const std::string& activity = "mining.pool",
              const Endpoint& miner = kMiner) {
    Finding finding;
    finding.subject = ByAddress::of(miner.address);
    finding.activity = activity;
    finding.stage = stage;
    finding.last_seen = now;
    finding.flow.emplace();
    finding.flow->id = flow;
    finding.flow->tuple = {miner, kServer, IpProtocol::Tcp};
    flows.note(finding, Direction::FromInitiator);
    observe(MiningSeen{}, flow);
  }
  void over(std::uint64_t flow = 1) {
    observe(FlowOver{}, flow);
    flows.forget(flow);
  }

  Timestamp now{1'000'000 * kSecond};
  Board board;
  ByAddress attribution;
  ProcessTable processes;
  FlowStages flows;

 private:
  void observe(decltype(Observation::what) what, std::uint64_t flow = 0) {
    Observation observation;
    observation.at = now;
    observation.flow.id = flow;
    observation.what = std::move(what);
    ladder->observe(observation, DetectorContext{*ruleset, names, processes, attribution, flows, board});
  }

  std::shared_ptr<const Ruleset> ruleset = made_up_rules();
  KnownNames names;
  std::unique_ptr<Detector> ladder = make_process_ladder();
};

}  // namespace

TEST_CASE("a miner's name is interest, its options are contact, with an even load they are session", "[detect]") {
  Bench bench;
  const ProcessId id = bench.start(7, "/opt/xmrig", {"xmrig", "-o", "a:1"});
  CHECK(bench.board.findings.empty());
  bench.hit(id, "name");
  CHECK(bench.board.stage(kOwn) == Stage::Interest);
  bench.hit(id, "options");
  const Finding* finding = bench.board.best(kOwn);
  REQUIRE(finding != nullptr);
  CHECK(finding->stage == Stage::Contact);
  CHECK(finding->source == "options");
  CHECK(finding->matches.size() == 2);
  REQUIRE(finding->process);
  CHECK(finding->process->executable == "/opt/xmrig");
  CHECK(bench.board.best(kOwn, EvidenceKind::Usage) == nullptr);
  bench.load(id);
  CHECK(bench.board.stage(kOwn) == Stage::Session);
  const Finding* usage = bench.board.best(kOwn, EvidenceKind::Usage);
  REQUIRE(usage != nullptr);
  CHECK(usage->stage == Stage::Interest);
  CHECK(usage->reason.starts_with("an even load of 4.00 cores on average over "));
  CHECK(bench.board.findings.at(kOwn).size() == 2);
}

TEST_CASE("a load alone is reported nowhere, and beside a name alone it convicts nobody", "[detect]") {
  Bench bench;
  const ProcessId worker = bench.start(7, "/usr/bin/ffmpeg");
  bench.load(worker);
  CHECK(bench.board.findings.empty());
  const ProcessId named = bench.start(8, "/opt/xmrig");
  bench.hit(named, "name");
  bench.load(named);
  CHECK(bench.board.stage(kOwn) == Stage::Interest);
  CHECK(bench.board.best(kOwn, EvidenceKind::Usage) != nullptr);
  const ProcessId idle = bench.start(9);
  bench.hit(idle, "options");
  bench.load(idle, 0.3);
  CHECK(bench.board.stage(kOwn) == Stage::Contact);
}

TEST_CASE("the load of the control group stands beside what a process shows, and lifts nothing", "[detect]") {
  Bench bench;
  ProcessStarted started;
  started.id = {"", 7 * kSecond, 7};
  started.executable = "/opt/xmrig";
  started.cgroup = "/docker/a";
  bench.record(started);
  bench.hit(started.id, "options");
  const auto use = [&](const std::string& group, double cores) {
    for (int i = 0; i < 8; ++i) {
      bench.now = bench.now + std::chrono::seconds(10);
      bench.record(CgroupUsage{group, std::chrono::seconds(10), cores, 0});
    }
  };
  use("/docker/b", 8);
  use("/", 16);
  use("/docker", 16);
  CHECK(bench.board.best(kOwn, EvidenceKind::Usage) == nullptr);
  use("/docker/a", 3.5);
  CHECK(bench.board.stage(kOwn) == Stage::Contact);
  const Finding* usage = bench.board.best(kOwn, EvidenceKind::Usage);
  REQUIRE(usage != nullptr);
  CHECK(usage->reason.starts_with("its control group /docker/a has an even load of 3.50 cores on average over "));
  CHECK(usage->reason.ends_with(", varying by 0 % (asked for: 0.70 cores over 60 seconds, at most 25 %)"));
  CHECK(usage->weight < 0.4);
  // Its own load says more, and takes the place of the group's.
  bench.load(started.id);
  CHECK(bench.board.stage(kOwn) == Stage::Session);
  CHECK(bench.board.best(kOwn, EvidenceKind::Usage)->reason.starts_with("an even load of 4.00 cores"));
  CHECK(bench.board.findings.at(kOwn).size() == 2);
}

TEST_CASE("a program that is told to measure the machine stays at contact", "[detect]") {
  for (const std::string option : {"--bench=1M", "--bench", "--stress", "--benchmark"}) {
    Bench bench;
    const ProcessId id = bench.start(7, "/opt/xmrig", {"xmrig", "-o", "a:1", option});
    bench.hit(id, "options");
    bench.load(id);
    CHECK(bench.board.stage(kOwn) == Stage::Contact);
  }
}

TEST_CASE("signatures that are not active, and processes that nobody knows, say nothing", "[detect]") {
  Bench bench;
  bench.hit(bench.start(7), "draft");
  bench.hit({"", 5, 5}, "options");
  CHECK(bench.board.findings.empty());
}

TEST_CASE("who owns the socket of a session is at work, of an accepted share at proof, in that incident", "[detect]") {
  Bench bench;
  const ProcessId id = bench.start(7, "/opt/unknown");
  bench.own(id);
  bench.mining(Stage::Contact);
  CHECK(bench.board.findings.empty());  // nothing was accepted, and the process shows nothing
  bench.mining(Stage::Session);
  CHECK(bench.board.stage(kPool) == Stage::Work);
  bench.mining(Stage::Work);
  CHECK(bench.board.stage(kPool) == Stage::Work);
  bench.mining(Stage::Proof);
  CHECK(bench.board.stage(kPool) == Stage::Proof);
  const Finding* finding = bench.board.best(kPool);
  CHECK(finding->weight < 0.5);  // the socket makes the traffic no more convincing
  REQUIRE(finding->flow);
  CHECK(finding->flow->id == 1);
  bench.load(id);
  bench.mining(Stage::Proof);
  CHECK(bench.board.best(kPool, EvidenceKind::Usage) != nullptr);
  CHECK(bench.board.findings.size() == 1);
}

TEST_CASE("a socket that is told after its conversation began is joined then", "[detect]") {
  Bench bench;
  bench.mining(Stage::Proof);
  const ProcessId id = bench.start(7);
  CHECK(bench.board.findings.empty());
  bench.own(id);
  CHECK(bench.board.stage(kPool) == Stage::Proof);
}

TEST_CASE("the pool's end of the socket is nobody's who mines", "[detect]") {
  Bench bench;
  const ProcessId pool = bench.start(7, "/srv/pool");
  bench.own(pool, kServer, kMiner);
  bench.mining(Stage::Proof);
  CHECK(bench.board.findings.empty());
}

TEST_CASE("a process that is joined opens no incident of its own, whatever it shows later", "[detect]") {
  Bench bench;
  const ProcessId id = bench.start(7);
  bench.own(id);
  bench.mining(Stage::Session);
  bench.hit(id, "options");
  bench.load(id);
  CHECK(bench.board.findings.size() == 1);
  CHECK(bench.board.merged.empty());
  const Finding* finding = bench.board.best(kPool);
  CHECK(finding->source == "options");
  CHECK(finding->reason.starts_with("it owns the socket of a mining session; the title of options"));
}

TEST_CASE("its own incident is merged into the one that it joins, and so is the shell's that started it", "[detect]") {
  Bench bench;
  const ProcessId shell = bench.start(6, "/bin/sh");
  const ProcessId id = bench.start(7, "/opt/xmrig", {}, 6);
  const ProcessId other = bench.start(8, "/opt/xmrig");
  bench.hit(shell, "options");
  bench.hit(id, "options");
  bench.hit(other, "name");
  CHECK(bench.board.findings.at(kOwn).size() == 3);
  bench.own(id);
  CHECK(bench.board.merged.empty());
  bench.mining(Stage::Session);
  REQUIRE(bench.board.merged.size() == 1);
  CHECK(bench.board.merged[0] == kOwn + " > " + kPool);
  CHECK(bench.board.findings.at(kOwn).size() == 1);  // the other one goes on by itself
  CHECK(bench.board.stage(kOwn) == Stage::Interest);
  CHECK(bench.board.stage(kPool) == Stage::Work);
  bench.mining(Stage::Proof);
  CHECK(bench.board.merged.size() == 1);
}

TEST_CASE("a conversation below session is joined by a process that shows something", "[detect]") {
  Bench bench;
  const ProcessId id = bench.start(7);
  bench.hit(id, "options");
  bench.own(id);
  bench.mining(Stage::Contact);
  CHECK(bench.board.stage(kPool) == Stage::Contact);
  CHECK(bench.board.merged.size() == 1);
  // The conversation turns out to be solo mining: its incident changes, and the finding follows.
  bench.mining(Stage::Session, 1, "mining.solo");
  CHECK(bench.board.stage(kPool) == Stage::None);
  CHECK(bench.board.stage("ip:192.0.2.10 mining.solo") == Stage::Work);
}

TEST_CASE("after its conversation a process is judged by itself again, once the other incident has closed",
          "[detect]") {
  Bench bench;
  const ProcessId id = bench.start(7);
  bench.hit(id, "options");
  bench.own(id);
  bench.mining(Stage::Proof);
  bench.over();
  bench.board.findings.clear();
  bench.load(id, 4, 80);
  CHECK(bench.board.findings.empty());
  bench.load(id, 4, 20);
  CHECK(bench.board.stage("ip:192.0.2.10 mining.software") == Stage::None);
  CHECK(bench.board.stage(kOwn) == Stage::Session);  // the subject was fixed before the socket was known
}

TEST_CASE("a process whose address is known before it shows anything is that address's", "[detect]") {
  Bench bench;
  const ProcessId id = bench.start(7);
  bench.own(id, kMiner, {*IpAddress::parse("203.0.113.5"), 443});
  bench.hit(id, "options");
  CHECK(bench.board.stage("ip:192.0.2.10 mining.software") == Stage::Contact);
}

TEST_CASE("a process with a reused pid inherits neither evidence nor socket", "[detect]") {
  Bench bench;
  ProcessStarted first, second;
  first.id = {"", 100 * kSecond, 7};
  second.id = {"", 100 * kSecond + kSecond / 3, 7};
  first.executable = "/opt/xmrig";
  second.executable = "/usr/bin/ffmpeg";
  bench.record(first);
  bench.hit(first.id, "options");
  bench.own(first.id);
  bench.record(ProcessExited{first.id});
  bench.record(second);
  bench.load(second.id);
  bench.mining(Stage::Proof);
  CHECK(bench.board.stage(kOwn) == Stage::Contact);
  CHECK(bench.board.stage(kPool) == Stage::None);
}

TEST_CASE("what another image of the same process showed is not added to this one's load", "[detect]") {
  Bench bench;
  const ProcessId id = bench.start(7, "/bin/sh");
  bench.hit(id, "options");
  ProcessStarted next;
  next.id = id;
  next.executable = "/usr/bin/gzip";
  bench.record(next);
  bench.load(id);
  CHECK(bench.board.stage(kOwn) == Stage::Contact);
}

TEST_CASE("other activities' programs are told for themselves and climb by nothing", "[detect]") {
  Bench bench;
  const ProcessId id = bench.start(7, "/usr/bin/bitcoind");
  bench.hit(id, "node");
  bench.load(id);
  CHECK(bench.board.stage("host:local coin.node") == Stage::Interest);
  CHECK(bench.board.best("host:local coin.node", EvidenceKind::Usage) == nullptr);
  bench.own(id);
  bench.mining(Stage::Session);
  CHECK(bench.board.stage(kPool) == Stage::Work);
  CHECK(bench.board.stage("host:local coin.node") == Stage::Interest);
}

TEST_CASE("what does not change is told once a minute at most", "[detect]") {
  Bench bench;
  const ProcessId id = bench.start(7);
  bench.own(id);
  for (int i = 0; i < 600; ++i) {
    bench.now = bench.now + std::chrono::seconds(1);
    bench.mining(Stage::Proof);
  }
  CHECK(bench.board.taken == 10);
}

TEST_CASE("a flood of suspects is bounded and leaves the last ones judged", "[detect]") {
  Bench bench;
  for (std::int32_t pid = 1; pid <= 20'000; ++pid) bench.hit(bench.start(pid), "name");
  const ProcessId last{"", 20'000 * kSecond, 20'000};
  bench.hit(last, "options");
  CHECK(bench.board.findings.at(kOwn).at("process:20000@" + std::to_string(last.start_ns)).stage == Stage::Contact);
}

// mining.pool and mining.solo from traffic: each conversation's way up the ladder of
// evidence (DESIGN §2; the rungs themselves are in mining_flow.h).
//
// State: one entry per conversation until its flow is over; at most kMaxFlows, the one that
// opened first goes first (its finding stays with the incident as it was).
#include "scanner/detect/coins.h"
#include "scanner/detect/detector.h"
#include "scanner/detect/detectors.h"
#include "scanner/detect/listed.h"
#include "scanner/detect/mining_flow.h"
#include "scanner/detect/process_evidence.h"
#include "scanner/detect/share_count.h"
#include "scanner/detect/source.h"

#include <algorithm>
#include <deque>
#include <unordered_map>
#include <utility>

namespace scanner {
namespace {

constexpr std::size_t kMaxFlows = 65536;
constexpr std::size_t kMaxMatches = 8;

struct MiningFlow {
  LadderFacts facts;
  Finding finding;
  Direction miner = Direction::FromInitiator;
  bool solo_dialect = false, web_dialect = false, url_worker = false, activity_fixed = false;
  ShareWorth worth;
  std::string told_host;      // a pool's name told inside the conversation
  std::string coin_told, algorithm_told;
  std::uint64_t attributed = 0;  // Attribution::version() with which the subject was found
};

std::string activity_of(const MiningFlow& flow) {
  if (flow.web_dialect) return "mining.web";
  // eth_getWork and its like serve pools too: a log-in, a worker in the address or a listed
  // host before the first work tells (DESIGN §2).
  const bool pool = !flow.solo_dialect && (flow.facts.login_asked || flow.url_worker || !flow.finding.listed.empty() || !flow.finding.mining->worker.empty());
  const bool has_login = !flow.solo_dialect && !flow.finding.source.starts_with("ethereum-getwork");
  return pool || has_login ? "mining.pool" : "mining.solo";
}

void keep_first(std::string& slot, const std::string& value) {
  if (slot.empty()) slot = value;
}

class MiningLadder final : public Detector {
 public:
  void observe(const Observation& observation, const DetectorContext& context) override {
    if (const auto* seen = std::get_if<MiningSeen>(&observation.what)) {
      on_mining(observation, *seen, context);
    } else if (const auto* host = std::get_if<HostSeen>(&observation.what)) {
      if (const auto* owned = std::get_if<SocketOwned>(&host->record().what)) on_socket(*owned, context);
    } else if (const auto* over = std::get_if<FlowOver>(&observation.what)) {
      if (over->attempt) on_attempt(observation, context);
      flows_.erase(observation.flow.id);
    }
  }

 private:
  MiningFlow* flow_of(const Observation& observation, const MiningSeen& seen, const DetectorContext& context);
  void on_mining(const Observation& observation, const MiningSeen& seen, const DetectorContext& context);
  void on_socket(const SocketOwned& owned, const DetectorContext& context);
  static void attribute(MiningFlow& flow, const DetectorContext& context);
  void on_attempt(const Observation& observation, const DetectorContext& context);

  std::unordered_map<std::uint64_t, MiningFlow> flows_;
  std::deque<std::uint64_t> order_;
  struct Attempts {
    std::uint64_t count = 0;
    Timestamp first;
  };
  std::unordered_map<std::string, Attempts> attempts_;  // by subject id
};

MiningFlow* MiningLadder::flow_of(const Observation& observation, const MiningSeen& seen, const DetectorContext& context) {
  const auto found = flows_.find(observation.flow.id);
  if (found != flows_.end()) return &found->second;
  const auto subject = context.attribution.subject_of(observation.flow, seen.miner, observation.at);
  if (!subject) return nullptr;
  MiningFlow flow;
  flow.miner = seen.miner;
  flow.attributed = context.attribution.version();
  flow.facts.start_seen = observation.flow.start_seen;
  flow.finding.key = "flow:" + std::to_string(observation.flow.id);
  flow.finding.subject = *subject;
  flow.finding.kind = EvidenceKind::Traffic;
  flow.finding.flow = observation.flow;
  flow.finding.first_seen = observation.at;
  flow.finding.mining.emplace();
  order_.push_back(observation.flow.id);
  if (order_.size() > kMaxFlows) {
    flows_.erase(order_.front());
    order_.pop_front();
  }
  return &flows_.emplace(observation.flow.id, std::move(flow)).first->second;
}

// The subject is whoever held the end when the conversation began; what is learnt later of
// that moment (whose the socket is, whose the container) moves the finding there.
void MiningLadder::attribute(MiningFlow& flow, const DetectorContext& context) {
  Finding& finding = flow.finding;
  const bool news = flow.attributed != context.attribution.version();
  const Process* found = finding.subject.process ? nullptr : context.processes.owner_of(finding.flow->sender(flow.miner), finding.flow->receiver(flow.miner), finding.flow->tuple.protocol);
  if (!news && (found == nullptr || !found->started_seen)) return;
  flow.attributed = context.attribution.version();
  const auto subject = context.attribution.subject_of(*finding.flow, flow.miner, finding.first_seen, finding.subject.process);
  // A process that was forgotten since does not make its conversation anybody else's.
  if (!subject || (finding.subject.process && !subject->process)) return;
  const Subject before = std::exchange(finding.subject, *subject);
  if (before == finding.subject || finding.stage == Stage::None) return;
  context.findings.take(finding);
  std::vector<std::string> keys{finding.key};
  if (const Process* owner = finding.subject.process ? context.processes.find(*finding.subject.process) : nullptr)
    for (std::string& key : finding_keys(*owner)) keys.push_back(std::move(key));
  context.findings.merge(before, finding.activity, keys, finding.subject, finding.activity);
  context.flows.note(finding, flow.miner);
}

void MiningLadder::on_socket(const SocketOwned& owned, const DetectorContext& context) {
  const FlowStanding* standing = context.flows.of_socket(owned.local, owned.remote, owned.protocol);
  const auto flow = standing == nullptr ? flows_.end() : flows_.find(standing->flow.id);
  if (flow != flows_.end()) attribute(flow->second, context);
}

// Coin, pool and who: from the conversation itself first, then from the name that DNS bound
// to the other end, then from the wallet.
void identify(MiningFlow& flow, const MiningSeen& seen, Timestamp at, const DetectorContext& context) {
  MiningFacts& mining = *flow.finding.mining;
  keep_first(mining.worker, seen.worker);
  if (mining.agent.empty() && !seen.agent.empty()) {
    mining.agent = seen.agent;
    if (const auto known = context.ruleset.datasets().find_agent(seen.agent)) {
      mining.agent_family = known->entry->family;
      mining.agent_version = known->version;
      mining.agent_kind = known->entry->kind;
    }
  }
  keep_first(flow.told_host, seen.host);
  keep_first(flow.coin_told, seen.coin);
  if (!seen.algorithm.empty()) flow.algorithm_told = seen.algorithm;
  const Endpoint& miner = flow.finding.flow->sender(flow.miner);
  const Endpoint& pool = flow.finding.flow->receiver(flow.miner);
  const std::string& bound = context.names.name_of(miner.address, pool.address);
  if (flow.finding.listed.empty()) {
    auto listed = find_listed(context.ruleset, flow.told_host, pool.port, at);
    if (!listed) listed = find_listed(context.ruleset, bound, pool.port, at);
    if (!listed) listed = find_listed(context.ruleset, pool.address, pool.port, at);
    if (listed) {
      flow.finding.listed = listed->entry;
      flow.finding.listing = listed->listing;
      mining.pool = !flow.told_host.empty() ? flow.told_host : !bound.empty() ? bound : listed->pool;
      keep_first(flow.coin_told, listed->coin);
    }
  }
  if (mining.pool.empty()) mining.pool = !flow.told_host.empty() ? flow.told_host : bound;
  if (mining.pool.empty()) mining.pool = pool.to_string();
  mining.coin = flow.coin_told.empty() ? coin_of_worker(mining.worker) : flow.coin_told;
  mining.algorithm = flow.algorithm_told.empty() ? algorithm_of_coin(mining.coin) : flow.algorithm_told;
}

void MiningLadder::on_mining(const Observation& observation, const MiningSeen& seen, const DetectorContext& context) {
  MiningFlow* flow = flow_of(observation, seen, context);
  if (flow == nullptr) return;
  attribute(*flow, context);
  Finding& finding = flow->finding;
  const Stage before = finding.stage;
  note(flow->facts, seen);
  flow->solo_dialect = flow->solo_dialect || seen.solo;
  flow->web_dialect = flow->web_dialect || seen.web;
  flow->url_worker = flow->url_worker || seen.worker_in_url;
  if (finding.source != seen.dialect) name_source(finding, context.ruleset, seen.dialect);
  identify(*flow, seen, observation.at, context);
  count_shares(*finding.mining, flow->worth, observation, seen);
  finding.stage = stage_of(flow->facts);
  finding.reason = reason_for(flow->facts);
  finding.weight = weight_of(finding.stage);
  finding.last_seen = std::max(finding.last_seen, observation.at);
  if ((finding.stage != before || finding.packets.size() < 8) && observation.frame != 0) {
    const PacketRef packet{observation.file, observation.frame};
    if (finding.packets.size() < Finding::kMaxPackets && (finding.packets.empty() || finding.packets.back() != packet)) finding.packets.push_back(packet);
    if (finding.matches.size() < kMaxMatches && !seen.excerpt.empty()) finding.matches.push_back(seen.excerpt);
  }
  if (!flow->activity_fixed) {
    const std::string activity = activity_of(*flow);
    if (!finding.activity.empty() && activity != finding.activity) context.findings.withdraw(finding.subject, finding.activity, finding.key);
    finding.activity = activity;
    flow->activity_fixed = flow->facts.work_delivered || flow->facts.job_pushed || flow->facts.login_accepted;
  }
  if (finding.stage == Stage::None) return;
  context.findings.take(finding);
  context.flows.note(finding, flow->miner);
}

// A TCP attempt at a listed endpoint or a pool's usual port carries no proof and opens no
// incident; beside other evidence it shows how often a subject tried.
void MiningLadder::on_attempt(const Observation& observation, const DetectorContext& context) {
  const auto subject = context.attribution.subject_of(observation.flow, Direction::FromInitiator, observation.at);
  if (!subject) return;
  if (attempts_.size() >= kMaxFlows && !attempts_.contains(subject->id)) return;
  Attempts& attempts = attempts_[subject->id];
  if (attempts.count++ == 0) attempts.first = observation.at;
  Finding finding;
  finding.key = "attempts";
  finding.subject = *subject;
  finding.activity = "mining.pool";
  finding.source = "attempts";
  finding.reason = "TCP attempts at pool endpoints that carried nothing";
  finding.first_seen = observation.at;
  finding.last_seen = observation.at;
  finding.attempts = attempts.count;
  context.findings.take(finding);
}

}  // namespace

std::unique_ptr<Detector> make_mining_ladder() { return std::make_unique<MiningLadder>(); }

}  // namespace scanner

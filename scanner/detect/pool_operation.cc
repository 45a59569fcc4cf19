// pool.operation: hands out mining work, as a pool or as a proxy in front of one.
//
// Judged for addresses that are known to be ours and for nobody else (DESIGN §2, Subjects);
// what a conversation is worth is in served_flow.h. Coin daemons, which hand out templates or
// work without a log-in, are coin.node's. Beside its conversations a service has one finding
// that says how many clients it served and whence it takes its work: many clients over few
// upstreams are a proxy, templates from a node are a pool of its own (P2Pool among them). What
// is older than kIdle, the time after which an incident closes, is told of no later one.
//
// State: one entry a conversation until its flow is over, at most kMaxFlows; one a local
// address that mines or serves, at most kMaxServices. Of each the first opened goes first. A
// service's addresses are counted up to kMaxAddresses.
#include "scanner/detect/coins.h"
#include "scanner/detect/detectors.h"
#include "scanner/detect/served_flow.h"
#include "scanner/detect/share_count.h"
#include "scanner/detect/source.h"

#include <algorithm>
#include <deque>
#include <set>
#include <unordered_map>
#include <utility>

namespace scanner {
namespace {

constexpr std::size_t kMaxFlows = 65536, kMaxServices = 8192, kMaxAddresses = 256, kMaxMatches = 8, kMaxFirstPackets = 8;
constexpr Duration kIdle = std::chrono::minutes(15);

struct Served {
  ServedFacts facts;
  ShareWorth worth;
  Finding finding;
};

struct Service {
  std::set<IpAddress> clients;    // that were granted something
  std::set<Endpoint> upstreams;   // pools with which it has a session
  bool node = false;              // it takes templates or work from a coin node
  bool p2pool = false;            // it speaks P2Pool's own protocol
  Timestamp served, mined;        // when something was last reported of either
  Finding finding;

  void forget_what_is_old(Timestamp at) {
    if (at - mined >= kIdle) {
      upstreams.clear();
      node = false;
    }
    if (at - served < kIdle) return;
    clients.clear();
    p2pool = false;
    finding = {};
  }
};

// A map that forgets what it learnt first.
template <typename Key, typename Value>
class Bounded {
 public:
  explicit Bounded(std::size_t limit) : limit_(limit) {}
  Value* find(const Key& key) {
    const auto found = map_.find(key);
    return found == map_.end() ? nullptr : &found->second;
  }
  Value& operator[](const Key& key) {
    const auto [found, fresh] = map_.try_emplace(key);
    if (!fresh) return found->second;
    order_.push_back(key);
    if (order_.size() > limit_) {
      if (order_.front() != key) map_.erase(order_.front());
      order_.pop_front();
    }
    return map_.at(key);
  }
  void erase(const Key& key) { map_.erase(key); }  // its place in the order stays until its turn

 private:
  std::size_t limit_;
  std::unordered_map<Key, Value> map_;
  std::deque<Key> order_;
};

template <typename Value>
bool add(std::set<Value>& set, const Value& value) {
  return set.size() < kMaxAddresses && set.insert(value).second;
}

std::string counted(std::size_t count, const std::string& one, const std::string& many) {
  return (count >= kMaxAddresses ? "at least " : "") + std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string describe(const Service& service) {
  std::string text = "served " + counted(service.clients.size(), "client address", "client addresses");
  if (!service.upstreams.empty())
    text += "; mines itself at " + counted(service.upstreams.size(), "upstream pool", "upstream pools") +
            (service.clients.size() > service.upstreams.size() ? ": clients are folded into fewer upstreams, as by a proxy" : ", as a proxy does");
  if (service.node) text += "; takes its work from a coin node, as a pool of its own does";
  if (service.p2pool) text += "; speaks P2Pool's peer-to-peer protocol";
  return text;
}

class PoolOperation final : public Detector {
 public:
  void observe(const Observation& observation, const DetectorContext& context) override {
    if (const auto* seen = std::get_if<MiningSeen>(&observation.what)) {
      on_upstream(observation, *seen, context);
      on_served(observation, *seen, context);
    } else if (const auto* peer = std::get_if<CoinPeerSeen>(&observation.what)) {
      if (peer->protocol == "p2pool") on_p2pool(observation, context);
    } else if (std::holds_alternative<FlowOver>(observation.what)) {
      flows_.erase(observation.flow.id);
    }
  }

 private:
  void on_upstream(const Observation& observation, const MiningSeen& seen, const DetectorContext& context);
  void on_served(const Observation& observation, const MiningSeen& seen, const DetectorContext& context);
  void on_p2pool(const Observation& observation, const DetectorContext& context);
  Served* flow_of(const Observation& observation, const MiningSeen& seen, const DetectorContext& context);
  static void report(Service& service, const Finding& from, const DetectorContext& context);

  Bounded<std::uint64_t, Served> flows_{kMaxFlows};
  Bounded<std::string, Service> services_{kMaxServices};  // by subject id
};

// The subject as a client of somebody else's pool or node: it begins with a log-in, work or a
// share that was granted, and lasts as long as work comes.
void PoolOperation::on_upstream(const Observation& observation, const MiningSeen& seen, const DetectorContext& context) {
  const bool granted = seen.outcome == MiningOutcome::Accepted && (seen.role == MiningRole::Authorise || seen.role == MiningRole::GetWork || seen.role == MiningRole::Submit);
  const bool job = seen.role == MiningRole::Job && seen.outcome == MiningOutcome::Notified;
  if (!granted && !job) return;
  const auto subject = context.attribution.local_subject_of(observation.flow, seen.miner, observation.at);
  if (!subject) return;
  Service* service = granted ? &services_[subject->id] : services_.find(subject->id);
  if (service == nullptr) return;
  service->forget_what_is_old(observation.at);
  const Endpoint& upstream = observation.flow.receiver(seen.miner);
  if (granted || service->upstreams.contains(upstream)) service->mined = observation.at;
  if (!granted) return;
  const bool news = seen.solo ? !std::exchange(service->node, true) : add(service->upstreams, upstream);
  if (news && service->finding.stage != Stage::None) report(*service, service->finding, context);
}

void PoolOperation::on_p2pool(const Observation& observation, const DetectorContext& context) {
  for (const Direction side : {Direction::FromInitiator, Direction::FromResponder}) {
    const auto subject = context.attribution.local_subject_of(observation.flow, side, observation.at);
    Service* service = subject ? services_.find(subject->id) : nullptr;
    if (service == nullptr || std::exchange(service->p2pool, true)) continue;
    if (service->finding.stage != Stage::None) report(*service, service->finding, context);
  }
}

Served* PoolOperation::flow_of(const Observation& observation, const MiningSeen& seen, const DetectorContext& context) {
  if (Served* known = flows_.find(observation.flow.id)) return known;
  if (seen.tunnelled) return nullptr;  // it passes bytes on and answers nothing itself
  const auto subject = context.attribution.local_subject_of(observation.flow, opposite(seen.miner), observation.at);
  if (!subject) return nullptr;
  Served& served = flows_[observation.flow.id];
  served.facts.ladder.start_seen = observation.flow.start_seen;
  served.facts.client_is_local = context.attribution.local_subject_of(observation.flow, seen.miner, observation.at).has_value();
  Finding& finding = served.finding;
  finding.key = "flow:" + std::to_string(observation.flow.id);
  finding.subject = *subject;
  finding.activity = "pool.operation";
  finding.flow = observation.flow;
  finding.first_seen = observation.at;
  finding.mining.emplace().pool = observation.flow.receiver(seen.miner).to_string();
  return &served;
}

// Whose shares and wallets they are is the clients' business: no worker is kept here.
void PoolOperation::on_served(const Observation& observation, const MiningSeen& seen, const DetectorContext& context) {
  Served* served = flow_of(observation, seen, context);
  if (served == nullptr) return;
  Finding& finding = served->finding;
  Service& service = services_[finding.subject.id];
  service.forget_what_is_old(observation.at);
  served->facts.has_upstream = service.node || !service.upstreams.empty();
  note_served(served->facts, seen, observation.at, observation.clock_corrected);
  MiningFacts& mining = *finding.mining;
  if (mining.coin.empty()) mining.coin = !seen.coin.empty() ? seen.coin : coin_of_worker(seen.worker);
  if (!seen.algorithm.empty()) mining.algorithm = seen.algorithm;
  if (mining.algorithm.empty()) mining.algorithm = algorithm_of_coin(mining.coin);
  count_shares(mining, served->worth, observation, seen);
  if (finding.source != seen.dialect) name_source(finding, context.ruleset, seen.dialect);
  finding.last_seen = std::max(finding.last_seen, observation.at);
  const Stage before = std::exchange(finding.stage, served_stage(served->facts));
  if (observation.frame != 0 && (finding.stage != before || finding.packets.size() < kMaxFirstPackets)) {
    const PacketRef packet{observation.file, observation.frame};
    if (finding.packets.size() < Finding::kMaxPackets && (finding.packets.empty() || finding.packets.back() != packet)) finding.packets.push_back(packet);
    if (finding.matches.size() < kMaxMatches && !seen.excerpt.empty()) finding.matches.push_back(seen.excerpt);
  }
  if (finding.stage == Stage::None) return;
  finding.reason = served_reason(served->facts);
  finding.weight = weight_of(finding.stage);
  context.findings.take(finding);
  service.served = observation.at;
  const bool fresh_client = add(service.clients, observation.flow.sender(seen.miner).address);
  if (fresh_client || finding.stage > service.finding.stage) report(service, finding, context);
}

// It stands as high as the best conversation, so that a long list of those does not hide it.
void PoolOperation::report(Service& service, const Finding& from, const DetectorContext& context) {
  Finding& finding = service.finding;
  if (finding.stage == Stage::None) {
    finding = from;
    finding.key = "service";
    finding.source = "pool-operation";
    finding.revision = 0;
    finding.source_sha256.clear();
    finding.mining.reset();
    finding.matches.clear();
  }
  finding.stage = std::max(finding.stage, from.stage);
  finding.weight = weight_of(finding.stage);
  finding.last_seen = std::max(finding.last_seen, from.last_seen);
  finding.reason = describe(service);
  context.findings.take(finding);
}

}  // namespace

std::unique_ptr<Detector> make_pool_operation() { return std::make_unique<PoolOperation>(); }

}  // namespace scanner

// mining.pool at `contact`, from the shape of a conversation that cannot be read: TLS, unknown
// framing, a sealed tunnel, or one that was picked up in its middle.
//
// The score is the model's (signature/shape_model.h), feature by feature, and what stands around
// the conversation. Only the shape reaches the threshold: context that speaks for mining raises
// the belief, context that speaks against it counts against the threshold too. A list entry, or
// another flow of the same holder whose jobs come at the same moments, likewise raises the belief
// and nothing else. It is never more than `contact`: a breach takes a process or its load on the
// socket (process_ladder.cc), and a higher score than the indicator, with all that stands around.
//
// Of a flow on which mining could be read nothing is said here.
//
// State: what TLS told of a flow, until it is over, at most kMaxFlows; conversations above the
// threshold, likewise; the last pushes of at most kMaxCompanions flows of at most kMaxHolders
// holders; ends that talked like that before, at most kMaxPairs. The first goes first.
#include "scanner/detect/detectors.h"
#include "scanner/detect/listed.h"
#include "scanner/detect/shape_words.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <unordered_map>
#include <utility>

namespace scanner {
namespace {

constexpr std::size_t kMaxFlows = 65536, kMaxHolders = 4096, kMaxCompanions = 16, kMaxPairs = 16384;
constexpr std::string_view kDetector = "veiled-mining";
constexpr Duration kSameMoment = std::chrono::milliseconds(150);

// A map that forgets what it learnt first.
template <typename Key, typename Value, typename Hash = std::hash<Key>>
class Remembered {
 public:
  explicit Remembered(std::size_t most) : most_(most) {}
  Value& of(const Key& key) {
    if (Value* known = find(key)) return *known;
    for (; values_.size() >= most_; order_.pop_front()) values_.erase(order_.front());
    if (order_.size() >= 2 * most_) std::erase_if(order_, [this](const Key& known) { return !values_.contains(known); });
    order_.push_back(key);
    return values_[key];
  }
  Value* find(const Key& key) {
    const auto found = values_.find(key);
    return found == values_.end() ? nullptr : &found->second;
  }
  void forget(const Key& key) { values_.erase(key); }

 private:
  std::size_t most_;
  std::unordered_map<Key, Value, Hash> values_;
  std::deque<Key> order_;  // may name some that are gone, so that it is up to twice as long
};

struct TlsContext {
  bool hello = false, alpn = false, alpn_web = false, certificate = false, self_signed = false, nameless = false;
  std::string sni, ja4;
  std::string asked;  // of a proxy: the name or address behind it
};

struct Conclusion {
  Finding finding;
  bool beside_process = false;  // the process ladder was told of it
};

struct Companion {
  std::uint64_t flow = 0;
  std::array<Timestamp, ShapeSeen::kPushTimes> pushes{};
};

struct Ends {
  IpAddress client;
  Endpoint server;
  friend bool operator==(const Ends&, const Ends&) = default;
};
struct EndsHash {
  std::size_t operator()(const Ends& ends) const { return symmetric_hash(ends.client, ends.server.address) * 31 + ends.server.port; }
};

// How many of `mine` fall on one of `theirs`, where both were listening, against chance: each
// moment of theirs covers a part of the time. In log-odds.
double in_step(const Companion& mine, const Companion& theirs) {
  constexpr std::size_t kLeast = 4;
  constexpr double kHit = 0.9;
  std::vector<Timestamp> other;
  for (const Timestamp at : theirs.pushes)
    if (at.ns != 0) other.push_back(at);
  if (other.size() < kLeast) return 0;
  std::ranges::sort(other);
  std::size_t asked = 0, met = 0;
  for (const Timestamp at : mine.pushes) {
    if (at.ns == 0 || at + kSameMoment < other.front() || at > other.back() + kSameMoment) continue;
    ++asked;
    const auto next = std::ranges::lower_bound(other, at - kSameMoment);
    if (next != other.end() && *next <= at + kSameMoment) ++met;
  }
  if (asked < kLeast) return 0;
  const double span = static_cast<double>((other.back() - other.front() + 2 * kSameMoment).count());
  const double chance = std::clamp(static_cast<double>(other.size()) * 2 * static_cast<double>(kSameMoment.count()) / span, 1e-4, 0.8);
  return static_cast<double>(met) * std::log(kHit / chance) + static_cast<double>(asked - met) * std::log((1 - kHit) / (1 - chance));
}

class VeiledMining final : public Detector {
 public:
  void observe(const Observation& observation, const DetectorContext& context) override {
    const std::uint64_t flow = observation.flow.id;
    if (const auto* seen = std::get_if<ShapeSeen>(&observation.what)) {
      on_shape(observation, *seen, context);
    } else if (const auto* hello = std::get_if<TlsClientHello>(&observation.what)) {
      TlsContext& tls = tls_.of(flow);
      tls.hello = true;
      tls.sni = hello->sni;
      tls.ja4 = hello->ja4;
      tls.alpn = !hello->alpn.empty();
      tls.alpn_web = std::ranges::any_of(hello->alpn, [](const std::string& name) { return name == "h2" || name.starts_with("http/"); });
    } else if (const auto* certificate = std::get_if<TlsCertificate>(&observation.what)) {
      TlsContext& tls = tls_.of(flow);
      tls.certificate = true;
      tls.self_signed = certificate->self_signed;
      tls.nameless = certificate->names.empty();
    } else if (const auto* proxy = std::get_if<ProxyRequestSeen>(&observation.what)) {
      tls_.of(flow).asked = proxy->host;
    } else if (const auto* http = std::get_if<HttpRequestSeen>(&observation.what); http != nullptr && http->method == "CONNECT") {
      tls_.of(flow).asked = http->target.substr(0, http->target.rfind(':'));
    } else if (std::holds_alternative<FlowOver>(observation.what)) {
      tls_.forget(flow);
      told_.forget(flow);
    }
  }

 private:
  void on_shape(const Observation& observation, const ShapeSeen& seen, const DetectorContext& context);
  void add_context(const Observation& observation, const ShapeModel& model, std::vector<ScoreTerm>& terms, const DetectorContext& context);
  std::optional<Listed> listing_of(const Observation& observation, Timestamp at, const DetectorContext& context);
  double best_companion(const std::string& holder, const Observation& observation, const ShapeSeen& seen);
  static void take_from_process(Conclusion& told, const DetectorContext& context);

  Remembered<std::uint64_t, TlsContext> tls_{kMaxFlows};
  Remembered<std::uint64_t, Conclusion> told_{kMaxFlows};
  Remembered<std::string, std::deque<Companion>> companions_{kMaxHolders};
  Remembered<Ends, std::uint64_t, EndsHash> pairs_{kMaxPairs};  // the last flow between them that talked like this
};

void VeiledMining::add_context(const Observation& observation, const ShapeModel& model, std::vector<ScoreTerm>& terms, const DetectorContext& context) {
  const ShapeContext& weigh = model.context;
  const auto add = [&](bool holds, double log_odds, const char* what) {
    if (holds && log_odds != 0) terms.push_back({what, log_odds});
  };
  if (const TlsContext* tls = tls_.find(observation.flow.id)) {
    add(tls->hello && tls->alpn_web, weigh.alpn_web, "the client offers HTTP (ALPN)");
    add(tls->hello && !tls->alpn, weigh.alpn_none, "the client offers no protocol (ALPN)");
    add(tls->hello && tls->sni.empty(), weigh.sni_none, "the client names no server (SNI)");
    add(tls->certificate && tls->self_signed, weigh.self_signed, "the certificate is self-signed");
    add(tls->certificate && tls->nameless, weigh.nameless, "the certificate names nobody");
  }
  constexpr std::uint16_t kFirstUnprivileged = 1024;
  const std::uint16_t port = observation.flow.tuple.destination.port;
  const PortSet* ports = context.ruleset.datasets().ports("pool-ports");
  add(ports != nullptr && port >= kFirstUnprivileged && ports->contains(port), weigh.pool_port, "the port is one that pools use");
  const std::uint64_t* before = pairs_.find({observation.flow.tuple.source.address, observation.flow.tuple.destination});
  add(before != nullptr && *before != observation.flow.id, weigh.reconnects, "the same two ends talked like this before");
}

// The strongest agreement with another flow of this holder; remembers this one's moments.
double VeiledMining::best_companion(const std::string& holder, const Observation& observation, const ShapeSeen& seen) {
  const Companion mine{observation.flow.id, seen.push_times};
  std::deque<Companion>& others = companions_.of(holder);
  double best = 0;
  for (const Companion& other : others)
    if (other.flow != mine.flow) best = std::max(best, in_step(mine, other));
  std::erase_if(others, [&](const Companion& other) { return other.flow == mine.flow; });
  others.push_back(mine);
  if (others.size() > kMaxCompanions) others.pop_front();
  return best;
}

// By the name that was asked for, the name that DNS gave the server, or its address.
std::optional<Listed> VeiledMining::listing_of(const Observation& observation, Timestamp at, const DetectorContext& context) {
  const Endpoint& client = observation.flow.tuple.source;
  const Endpoint& server = observation.flow.tuple.destination;
  std::optional<Listed> listed;
  if (const TlsContext* tls = tls_.find(observation.flow.id)) {
    listed = find_listed(context.ruleset, tls->sni, server.port, at);
    if (!listed) listed = find_listed(context.ruleset, tls->asked, server.port, at);
  }
  if (!listed) listed = find_listed(context.ruleset, context.names.name_of(client.address, server.address), server.port, at);
  if (!listed) listed = find_listed(context.ruleset, server.address, server.port, at);
  return listed;
}

void VeiledMining::on_shape(const Observation& observation, const ShapeSeen& seen, const DetectorContext& context) {
  const ShapeModel* model = context.ruleset.shape_model();
  const FlowStanding* standing = context.flows.of_flow(observation.flow.id);
  if (model == nullptr || (standing != nullptr && !standing->by_shape)) return;
  const auto score = score_of(*model, seen);
  if (!score) return;
  const auto subject = context.attribution.subject_of(observation.flow, Direction::FromInitiator, seen.until);
  if (!subject) return;
  ScoreSheet sheet;
  add_context(observation, *model, sheet.terms, context);
  double against = 0;
  for (const ScoreTerm& term : sheet.terms) against += std::min(term.log_odds, 0.0);
  const double step = std::min(best_companion(subject->tenant.empty() ? subject->id : "tenant:" + subject->tenant, observation, seen), model->context.in_step);
  const double reached = score->log_odds + against;
  Conclusion* told = told_.find(observation.flow.id);
  if (reached < score->threshold) {
    if (told == nullptr) return;
    take_from_process(*told, context);
    constexpr double kClearlyBelow = 1;
    if (reached >= score->threshold - kClearlyBelow) return;
    // More was seen since, and it speaks for something else.
    context.findings.withdraw(told->finding.subject, told->finding.activity, told->finding.key);
    return told_.forget(observation.flow.id);
  }
  pairs_.of({observation.flow.tuple.source.address, observation.flow.tuple.destination}) = observation.flow.id;
  if (step > 0) sheet.terms.push_back({"another flow of the same holder gets its jobs at the same moments", step});
  const auto listed = listing_of(observation, seen.until, context);
  if (listed) sheet.terms.push_back({"the server is on a list of pools", model->context.listed * listed->listing.confidence});

  if (told == nullptr) {
    told = &told_.of(observation.flow.id);
    Finding& made = told->finding;
    made.key = "flow:" + std::to_string(observation.flow.id);
    made.subject = *subject;
    made.activity = "mining.pool";
    made.stage = Stage::Contact;
    made.first_seen = seen.until - seen.watched;
    made.source = kDetector;
    made.flow = observation.flow;
  }
  Finding& finding = told->finding;
  describe(*score, seen, sheet);
  finding.last_seen = std::max(finding.last_seen, seen.until);
  finding.revision = model->revision;
  finding.source_sha256 = model->sha256;
  if (listed && finding.listed.empty()) {
    finding.listed = listed->entry;
    finding.listing = listed->listing;
  }
  finding.reason = reason_of(seen, sheet, score->beside_process);
  // No list of miners' fingerprints is known that would weigh anything; who has one writes a signature.
  if (const TlsContext* tls = tls_.find(observation.flow.id); tls != nullptr && !tls->ja4.empty()) finding.reason += "; the client's JA4 is " + tls->ja4;
  finding.weight = sheet.belief;
  const bool sure = sheet.log_odds >= score->beside_process;
  finding.score = std::move(sheet);
  if (observation.frame != 0 && finding.packets.size() < Finding::kMaxPackets) finding.packets.push_back({observation.file, observation.frame});
  context.findings.take(finding);
  if (!sure) return take_from_process(*told, context);
  told->beside_process = true;
  context.flows.note(finding, Direction::FromInitiator);
}

// What its process shows makes a breach of it no longer.
void VeiledMining::take_from_process(Conclusion& told, const DetectorContext& context) {
  if (!std::exchange(told.beside_process, false)) return;
  Finding weak = told.finding;
  weak.stage = Stage::None;
  context.flows.note(weak, Direction::FromInitiator);
}

}  // namespace

std::unique_ptr<Detector> make_veiled_mining() { return std::make_unique<VeiledMining>(); }

}  // namespace scanner

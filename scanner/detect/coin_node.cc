// coin.node: takes part in a coin's peer-to-peer network.
//
// A handshake both ways is a session of both ends: version and version, a verified ping and
// its pong, a levin request and its response. One way alone is contact of whoever sent it: an
// inbound probe says nothing of the probed. A daemon that answers with block templates or
// getwork is seen at contact; its caller's solo work is the mining ladder's.
//
// State: one entry a flow until it is over, at most kMaxFlows, the first opened goes first.
#include "scanner/detect/detectors.h"
#include "scanner/detect/mining_flow.h"

#include <array>
#include <deque>
#include <unordered_map>

namespace scanner {
namespace {

constexpr std::size_t kMaxFlows = 65536;

struct PeerFlow {
  std::array<bool, 2> request{}, response{};
  std::array<std::optional<Finding>, 2> side;  // by Direction: who sends that way
  bool shook(const std::string& protocol) const {
    if (request[0] && request[1]) return true;
    return protocol != "bitcoin" && ((request[0] && response[1]) || (request[1] && response[0]));
  }
};

class CoinNode final : public Detector {
 public:
  void observe(const Observation& observation, const DetectorContext& context) override {
    if (const auto* seen = std::get_if<CoinPeerSeen>(&observation.what); seen != nullptr && !seen->pool)
      on_peer(observation, *seen, context);
    else if (const auto* mining = std::get_if<MiningSeen>(&observation.what))
      on_template(observation, *mining, context);
    else if (std::holds_alternative<FlowOver>(observation.what))
      flows_.erase(observation.flow.id);
  }

 private:
  PeerFlow& flow_of(std::uint64_t id) {
    const auto [found, fresh] = flows_.try_emplace(id);
    if (fresh) {
      order_.push_back(id);
      if (order_.size() > kMaxFlows) {
        if (order_.front() != id) flows_.erase(order_.front());
        order_.pop_front();
      }
    }
    return flows_.at(id);
  }

  static void touch(std::optional<Finding>& finding, const Observation& observation, Direction side, const DetectorContext& context) {
    if (!finding) {
      const auto subject = context.attribution.subject_of(observation.flow, side, observation.at);
      if (!subject) return;
      finding.emplace();
      finding->key = "flow:" + std::to_string(observation.flow.id);
      finding->subject = *subject;
      finding->activity = "coin.node";
      finding->flow = observation.flow;
      finding->first_seen = observation.at;
    }
    finding->last_seen = observation.at;
    const PacketRef packet{observation.file, observation.frame};
    if (observation.frame != 0 && finding->packets.size() < 8 && (finding->packets.empty() || finding->packets.back() != packet)) finding->packets.push_back(packet);
  }

  void on_peer(const Observation& observation, const CoinPeerSeen& seen, const DetectorContext& context) {
    PeerFlow& flow = flow_of(observation.flow.id);
    const auto from = static_cast<std::size_t>(observation.sender);
    if (seen.message == CoinPeerMessage::HandshakeRequest) flow.request[from] = true;
    if (seen.message == CoinPeerMessage::HandshakeResponse) flow.response[from] = true;
    const bool session = flow.shook(seen.protocol);
    for (const Direction side : {Direction::FromInitiator, Direction::FromResponder}) {
      auto& finding = flow.side[static_cast<std::size_t>(side)];
      if (side != observation.sender && !session) continue;  // silent so far
      touch(finding, observation, side, context);
      if (!finding) continue;
      const std::string network = seen.network.empty() ? seen.protocol : seen.network;
      finding->source = seen.protocol;
      finding->stage = session ? Stage::Session : std::max(finding->stage, Stage::Contact);
      finding->reason = session ? "the handshake of the network " + network + " was completed in both directions"
                                : "a message of the network " + network + " was sent; no handshake both ways was seen";
      finding->weight = weight_of(finding->stage);
      if (finding->matches.empty()) finding->matches.push_back(network + " " + seen.command);
      context.findings.take(*finding);
    }
  }

  void on_template(const Observation& observation, const MiningSeen& seen, const DetectorContext& context) {
    if (!seen.solo || seen.role != MiningRole::GetWork || seen.outcome != MiningOutcome::Accepted) return;
    const Direction daemon = opposite(seen.miner);
    // Early pools handed out getwork too, so strangers are not called nodes for it.
    if (seen.method != "getblocktemplate" && !context.attribution.local_subject_of(observation.flow, daemon, observation.at)) return;
    PeerFlow& flow = flow_of(observation.flow.id);
    auto& finding = flow.side[static_cast<std::size_t>(daemon)];
    touch(finding, observation, daemon, context);
    if (!finding) return;
    finding->source = seen.method.empty() ? seen.dialect : seen.method;
    finding->stage = Stage::Contact;
    finding->reason = "a coin daemon answered with a block template or work";
    finding->weight = weight_of(Stage::Contact);
    context.findings.take(*finding);
  }

  std::unordered_map<std::uint64_t, PeerFlow> flows_;
  std::deque<std::uint64_t> order_;
};

}  // namespace

std::unique_ptr<Detector> make_coin_node() { return std::make_unique<CoinNode>(); }

}  // namespace scanner

// mining.pool at `contact`, from what shows of a pool without one readable message of work: a
// P2Pool peer's handshake, and the shape of an encrypted Stratum V2 session.
//
// A P2Pool handshake names its pool and is told for both ends, which are peers. The shape of
// Stratum V2 is lengths and order alone; on its own it concludes nothing, however exact, since
// what it cannot see could be anybody's. Beside a listed host or on a port of Stratum V2 it is an
// indicator. Neither is ever more: no log-in and no share was seen.
//
// State: none.
#include "scanner/detect/detectors.h"
#include "scanner/detect/listed.h"
#include "scanner/detect/mining_flow.h"

namespace scanner {
namespace {

constexpr std::string_view kPorts = "stratum2-ports";

Finding contact(const Observation& observation, Subject subject) {
  Finding finding;
  finding.key = "flow:" + std::to_string(observation.flow.id);
  finding.subject = std::move(subject);
  finding.activity = "mining.pool";
  finding.stage = Stage::Contact;
  finding.first_seen = observation.at;
  finding.last_seen = observation.at;
  finding.weight = weight_of(Stage::Contact);
  finding.flow = observation.flow;
  finding.packets = {PacketRef{observation.file, observation.frame}};
  return finding;
}

class PoolShapes final : public Detector {
 public:
  void observe(const Observation& observation, const DetectorContext& context) override {
    if (const auto* peer = std::get_if<CoinPeerSeen>(&observation.what); peer != nullptr && peer->pool)
      on_peer(observation, *peer, context);
    else if (const auto* sealed = std::get_if<SealedSeen>(&observation.what);
             sealed != nullptr && sealed->shape == "stratum2-noise")
      on_stratum2(observation, *sealed, context);
  }

 private:
  static void on_peer(const Observation& observation, const CoinPeerSeen& seen, const DetectorContext& context) {
    auto subject = context.attribution.subject_of(observation.flow, observation.sender, observation.at);
    if (!subject) return;
    Finding finding = contact(observation, std::move(*subject));
    finding.source = seen.protocol;
    finding.reason = "a handshake of the peer-to-peer pool " + seen.network +
                     (seen.verified ? ", proven by its hash" : ", by its form and port");
    finding.matches = {seen.network + " " + seen.command};
    context.findings.take(finding);
  }

  static void on_stratum2(const Observation& observation, const SealedSeen& sealed, const DetectorContext& context) {
    const Endpoint& client = observation.flow.sender(sealed.client);
    const Endpoint& server = observation.flow.receiver(sealed.client);
    auto listed = find_listed(context.ruleset, context.names.name_of(client.address, server.address), server.port, observation.at);
    if (!listed) listed = find_listed(context.ruleset, server.address, server.port, observation.at);
    const PortSet* ports = context.ruleset.datasets().ports(kPorts);
    const bool known_port = ports != nullptr && ports->contains(server.port);
    if (!listed && !known_port) return;
    auto subject = context.attribution.subject_of(observation.flow, sealed.client, observation.at);
    if (!subject) return;
    Finding finding = contact(observation, std::move(*subject));
    finding.source = sealed.shape;
    finding.reason = std::string("the exact lengths and order of an encrypted Stratum V2 session, ") +
                     (listed ? "with a listed host" : "on a port of Stratum V2");
    finding.matches = {sealed.shape};
    if (listed) finding.listed = listed->entry;
    context.findings.take(finding);
  }
};

}  // namespace

std::unique_ptr<Detector> make_pool_shapes() { return std::make_unique<PoolShapes>(); }

}  // namespace scanner

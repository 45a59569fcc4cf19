// abuse.tunnel over ICMP: echo replies that are no echo. Whoever is pinged sends back what was
// asked, byte for byte (RFC 792); a tunnel's answers carry something else.
//
// A reply whose request was lost looks the same: half of the replies at least must differ.
//
// State: AbuseLimits::subjects askers, kPeers peers each, 160 bytes a peer.
#include "scanner/detect/abuse_finding.h"
#include "scanner/detect/detector.h"
#include "scanner/detect/detectors.h"
#include "scanner/detect/few_of.h"
#include "scanner/detect/subject_table.h"

#include <algorithm>
#include <array>

namespace scanner {
namespace {

constexpr std::string_view kActivity = "abuse.tunnel", kName = "icmp-tunnel";
constexpr std::size_t kPeers = 8, kRemembered = 8;

struct Peer {
  IpAddress address;
  std::array<std::uint64_t, kRemembered> asked{};
  std::size_t next = 0;
  std::uint64_t replies = 0, foreign = 0, foreign_bytes = 0;
  Timestamp first, last;
  Told told;
  std::vector<PacketRef> packets;
};

struct Pinger {
  std::vector<Peer> peers;
};

class IcmpTunnel final : public Detector {
 public:
  explicit IcmpTunnel(const AbuseLimits& limits) : limits_(limits.tunnel), pingers_(limits.subjects, limits_.window) {}
  void observe(const Observation& observation, const DetectorContext& context) override;
  std::uint64_t refused() const override { return pingers_.refused(); }

 private:
  void judge(Peer& peer, const Observation& observation, const DetectorContext& context) const;

  TunnelLimits limits_;
  SubjectTable<IpAddress, Pinger> pingers_;
};

void IcmpTunnel::observe(const Observation& observation, const DetectorContext& context) {
  const auto* echo = std::get_if<EchoSeen>(&observation.what);
  if (echo == nullptr) return;
  const FiveTuple& tuple = observation.flow.tuple;
  if (!context.attribution.may_be_subject(tuple.source.address)) return;
  Pinger* pinger = pingers_.obtain(tuple.source.address, observation.at);
  if (pinger == nullptr) return;
  Peer& peer = obtain_of(
      pinger->peers, kPeers, [&](const Peer& one) { return one.address == tuple.destination.address; }, [](const Peer& a, const Peer& b) { return a.last < b.last; });
  if (observation.at - peer.last > limits_.window) peer = Peer{};
  peer.address = tuple.destination.address;
  if (peer.first.ns == 0) peer.first = observation.at;
  peer.last = observation.at;
  if (!echo->reply) {
    peer.asked[peer.next++ % kRemembered] = echo->content;
    return;
  }
  ++peer.replies;
  if (std::find(peer.asked.begin(), peer.asked.end(), echo->content) != peer.asked.end()) return;
  ++peer.foreign;
  peer.foreign_bytes += echo->bytes;
  add_packet(peer.packets, observation.file, observation.frame);
  judge(peer, observation, context);
}

void IcmpTunnel::judge(Peer& peer, const Observation& observation, const DetectorContext& context) const {
  if (peer.foreign < limits_.echoes || peer.foreign * 2 < peer.replies || peer.foreign_bytes < limits_.observed_echo_bytes) return;
  const Stage stage = peer.foreign_bytes >= limits_.confirmed_echo_bytes ? Stage::Confirmed : Stage::Observed;
  if (!peer.told.due(stage, peer.foreign, observation.at)) return;
  const auto subject = context.attribution.subject_of(observation.flow, Direction::FromInitiator, observation.at);
  if (!subject) return;
  Finding finding = abuse_finding("tunnel:icmp:" + peer.address.to_string(), kActivity, kName, peer.told.stage(), *subject);
  finding.first_seen = peer.first;
  finding.last_seen = peer.last;
  finding.flow = observation.flow;
  finding.packets = peer.packets;
  finding.reason = std::to_string(peer.foreign) + " of " + std::to_string(peer.replies) + " echo replies from " + peer.address.to_string() + " carried other bytes than the requests did, " +
                   std::to_string(peer.foreign_bytes) + " bytes in " + span_text(peer.last - peer.first);
  context.findings.take(finding);
}

}  // namespace

std::unique_ptr<Detector> make_icmp_tunnel(const AbuseLimits& limits) { return std::make_unique<IcmpTunnel>(limits); }

}  // namespace scanner

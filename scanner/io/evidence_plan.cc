#include "scanner/io/evidence_plan.h"

#include "scanner/packet/decode.h"
#include "scanner/packet/ip_fragments.h"

#include <algorithm>
#include <deque>
#include <map>
#include <unordered_map>

namespace scanner {
namespace {

// What a packet costs of the budget beside its bytes: its block in the file.
constexpr std::uint64_t kPacketCharge = 64;
// Packets of the same flow that are kept on each side of a decisive one: the request in
// front of an answer, the rest of a message that was cut in two.
constexpr std::size_t kNeighbours = 8;
constexpr std::size_t kMaxPendingDatagrams = 4096, kMaxPieces = 128;

struct Kept {
  PacketRef packet;
  std::uint32_t size = 0;
};

struct FlowKey {
  FiveTuple tuple;  // the smaller endpoint first
  std::uint32_t vni = 0;

  FlowKey(const FiveTuple& given, std::uint32_t network) : tuple(given.source < given.destination ? given : given.reversed()), vni(network) {}
  friend bool operator==(const FlowKey&, const FlowKey&) = default;
};

struct FlowKeyHash {
  std::size_t operator()(const FlowKey& key) const { return symmetric_hash(key.tuple) + key.vni; }
};

// One flow of one incident.
struct WantedFlow {
  std::uint32_t incident = 0;
  std::vector<PacketRef> decisive;  // ascending
  std::vector<Kept> first;          // from the first packet on
  std::vector<Kept> around;         // the decisive ones and their neighbours, beyond `first`
  std::deque<Kept> recent;          // not kept yet; neighbours of what may follow
  std::uint64_t first_bytes = 0;
  std::size_t follow = 0;  // so many more are neighbours
  bool ended = false;      // FIN or RST
  bool reached = false;    // a decisive packet went by
  bool over = false;       // the tuple began anew: what comes is not this flow's
  bool full = false;       // `first` took all that it may
};

void forget(WantedFlow& flow) {
  flow.first.clear();
  flow.around.clear();
  flow.recent.clear();
  flow.first_bytes = 0;
  flow.ended = flow.full = false;
}

// The frames of a datagram that came in fragments, until it is whole.
class FragmentFrames {
 public:
  // True with all frames in `frames` and the datagram in `whole` once it is complete.
  bool feed(const Decoded& fragment, const Packet& packet, const std::vector<Kept>& own, Decoded& whole, std::vector<Kept>& frames) {
    const Key key{fragment.tuple.source.address, fragment.tuple.destination.address, fragment.fragment.id};
    auto [pieces, added] = pieces_.try_emplace(key);
    if (added) order_.push_back(key);
    if (pieces->second.size() < kMaxPieces) pieces->second.insert(pieces->second.end(), own.begin(), own.end());
    const bool complete = fragments_.feed(fragment, packet.at, whole, storage_);
    if (complete) {
      frames = std::move(pieces->second);
      pieces->second.clear();
    }
    if (order_.size() > kMaxPendingDatagrams) {
      pieces_.erase(order_.front());
      order_.pop_front();
    }
    return complete;
  }

 private:
  using Key = std::tuple<IpAddress, IpAddress, std::uint32_t>;
  IpFragments fragments_{FragmentLimits{}};
  std::map<Key, std::vector<Kept>> pieces_;
  std::deque<Key> order_;
  std::shared_ptr<const std::vector<std::uint8_t>> storage_;
};

std::uint64_t charge(const Kept& kept) { return kept.size + kPacketCharge; }

}  // namespace

class EvidencePlan::Impl {
 public:
  Impl(const std::vector<const BreachEvent*>& incidents, const NameTrail& names, const EvidenceBudget& budget) : budget_(budget), slices_(incidents.size()) {
    for (std::uint32_t i = 0; i < incidents.size(); ++i) want(*incidents[i], i, names);
    for (std::size_t i = 0; i < flows_.size(); ++i) by_key_[keys_[i]].push_back(i);
  }

  void note(const Packet& packet) {
    Decoded decoded;
    decode(packet, decoded);
    const PacketRef ref{packet.file, packet.frame};
    note_name(ref, packet);
    std::vector<Kept>& frames = frames_;
    frames.assign(1, Kept{ref, static_cast<std::uint32_t>(packet.data.size())});
    // A tunnel may have fragments inside fragments.
    for (int depth = 0; decoded.status == DecodeStatus::Fragment; ++depth) {
      Decoded whole;
      std::vector<Kept> all;
      if (depth == kMaxEncapsulations || !fragments_.feed(decoded, packet, frames, whole, all)) return;
      frames = std::move(all);
      decoded = whole;
    }
    if (decoded.status != DecodeStatus::Ok) return;
    const auto found = by_key_.find(FlowKey(decoded.tuple, decoded.vni));
    if (found == by_key_.end()) return;
    for (const std::size_t flow : found->second) note_flow(flows_[flow], decoded, frames);
  }

  void choose() {
    std::vector<std::vector<PacketRef>> chosen(slices_.size());
    std::vector<std::uint64_t> left(slices_.size(), budget_.bytes_per_incident);
    for (const auto& [incident, kept] : names_seen_) take(kept, incident, chosen, left);
    for (WantedFlow& flow : flows_) take_flow(flow, chosen, left);
    flows_.clear();
    by_key_.clear();
    for (std::uint32_t i = 0; i < chosen.size(); ++i) {
      std::sort(chosen[i].begin(), chosen[i].end());
      chosen[i].erase(std::unique(chosen[i].begin(), chosen[i].end()), chosen[i].end());
      slices_[i].packets = chosen[i].size();
      for (const PacketRef& packet : chosen[i]) {
        if (files_.size() <= packet.file) files_.resize(packet.file + std::size_t{1});
        files_[packet.file].push_back({packet.frame, i});
      }
    }
    for (auto& file : files_) std::sort(file.begin(), file.end());
    rewind();
  }

  const PlannedSlice& slice(std::size_t incident) const { return slices_[incident]; }

  std::span<const std::uint32_t> slices_with(const Packet& packet) {
    found_.clear();
    if (packet.file >= files_.size()) return {};
    const auto& file = files_[packet.file];
    std::size_t& at = positions_[packet.file];
    while (at < file.size() && file[at].frame < packet.frame) ++at;
    for (; at < file.size() && file[at].frame == packet.frame; ++at) found_.push_back(file[at].incident);
    return found_;
  }

  void rewind() { positions_.assign(files_.size(), 0); }

 private:
  struct Place {
    std::uint32_t frame = 0, incident = 0;
    friend auto operator<=>(const Place&, const Place&) = default;
  };

  void want(const BreachEvent& event, std::uint32_t incident, const NameTrail& names) {
    std::unordered_map<std::uint64_t, std::size_t> by_id;  // several findings may be about one flow
    for (const Finding& finding : event.findings) {
      if (!finding.flow) continue;
      const auto [known, added] = by_id.try_emplace(finding.flow->id, flows_.size());
      if (added) {
        flows_.emplace_back().incident = incident;
        keys_.emplace_back(finding.flow->tuple, finding.flow->vni);
      }
      auto& decisive = flows_[known->second].decisive;
      decisive.insert(decisive.end(), finding.packets.begin(), finding.packets.end());
      std::sort(decisive.begin(), decisive.end());
      if (!added) continue;
      const auto& [source, destination, protocol] = finding.flow->tuple;
      const IpAddress& other = source.address == event.subject.address ? destination.address : source.address;
      for (const PacketRef& packet : names.packets_for(event.subject.address, other)) names_wanted_[packet].push_back(incident);
    }
  }

  void note_name(const PacketRef& ref, const Packet& packet) {
    const auto found = names_wanted_.find(ref);
    if (found == names_wanted_.end()) return;
    for (const std::uint32_t incident : found->second) names_seen_.emplace_back(incident, Kept{ref, static_cast<std::uint32_t>(packet.data.size())});
    names_wanted_.erase(found);
  }

  void note_flow(WantedFlow& flow, const Decoded& decoded, const std::vector<Kept>& frames) {
    const bool tcp = decoded.tuple.protocol == IpProtocol::Tcp;
    if (tcp && decoded.tcp.syn && !decoded.tcp.ack && flow.ended) {
      if (flow.reached) flow.over = true;
      if (!flow.over) forget(flow);
    }
    if (flow.over) return;
    if (tcp && (decoded.tcp.fin || decoded.tcp.rst)) flow.ended = true;
    for (const Kept& kept : frames) note_packet(flow, kept);
  }

  void note_packet(WantedFlow& flow, const Kept& kept) {
    const bool decisive = std::binary_search(flow.decisive.begin(), flow.decisive.end(), kept.packet);
    flow.reached = flow.reached || decisive;
    if (!flow.full && flow.first_bytes + charge(kept) <= budget_.bytes_per_incident && remembered_ < budget_.max_packets) {
      flow.first.push_back(kept);
      flow.first_bytes += charge(kept);
      ++remembered_;
      return;
    }
    flow.full = true;
    if (decisive) {
      flow.around.insert(flow.around.end(), flow.recent.begin(), flow.recent.end());
      flow.recent.clear();
      flow.follow = kNeighbours + 1;
    }
    if (flow.follow > 0) {
      --flow.follow;
      flow.around.push_back(kept);
      return;
    }
    flow.recent.push_back(kept);
    if (flow.recent.size() > kNeighbours) flow.recent.pop_front();
  }

  void take(const Kept& kept, std::uint32_t incident, std::vector<std::vector<PacketRef>>& chosen, std::vector<std::uint64_t>& left) {
    chosen[incident].push_back(kept.packet);
    slices_[incident].bytes += kept.size;
    left[incident] -= std::min(left[incident], charge(kept));
  }

  // What lies round the decisive packets of a flow whose beginning alone fits.
  std::vector<char> near_decisive(const WantedFlow& flow) const {
    std::vector<char> near(flow.first.size(), 0);
    for (std::size_t i = 0; i < flow.first.size(); ++i) {
      if (!std::binary_search(flow.decisive.begin(), flow.decisive.end(), flow.first[i].packet)) continue;
      const std::size_t from = i < kNeighbours ? 0 : i - kNeighbours, to = std::min(i + kNeighbours + 1, near.size());
      std::fill(near.begin() + static_cast<std::ptrdiff_t>(from), near.begin() + static_cast<std::ptrdiff_t>(to), char{1});
    }
    return near;
  }

  void take_flow(const WantedFlow& flow, std::vector<std::vector<PacketRef>>& chosen, std::vector<std::uint64_t>& left) {
    PlannedSlice& slice = slices_[flow.incident];
    const std::size_t before = chosen[flow.incident].size();
    const bool fits = flow.first_bytes <= left[flow.incident];
    const std::vector<char> near = fits ? std::vector<char>(flow.first.size(), 1) : near_decisive(flow);
    for (const Kept& kept : flow.around) take(kept, flow.incident, chosen, left);
    for (std::size_t i = 0; i < flow.first.size(); ++i) {
      if (near[i] != 0 || charge(flow.first[i]) <= left[flow.incident])
        take(flow.first[i], flow.incident, chosen, left);
      else
        slice.cut = true;
    }
    slice.cut = slice.cut || flow.full;
    slice.flows += chosen[flow.incident].size() > before ? 1 : 0;
  }

  struct RefHash {
    std::size_t operator()(const PacketRef& ref) const { return (std::size_t{ref.file} << 32 | ref.frame) * 0x9e3779b97f4a7c15U; }
  };

  EvidenceBudget budget_;
  std::vector<PlannedSlice> slices_;
  std::vector<WantedFlow> flows_;  // by incident, then as the event lists them
  std::vector<FlowKey> keys_;
  std::unordered_map<FlowKey, std::vector<std::size_t>, FlowKeyHash> by_key_;
  std::unordered_map<PacketRef, std::vector<std::uint32_t>, RefHash> names_wanted_;
  std::vector<std::pair<std::uint32_t, Kept>> names_seen_;
  FragmentFrames fragments_;
  std::vector<Kept> frames_;
  std::size_t remembered_ = 0;
  std::vector<std::vector<Place>> files_;
  std::vector<std::size_t> positions_;
  std::vector<std::uint32_t> found_;
};

EvidencePlan::EvidencePlan(const std::vector<const BreachEvent*>& incidents, const NameTrail& names, const EvidenceBudget& budget)
    : impl_(std::make_unique<Impl>(incidents, names, budget)) {}
EvidencePlan::~EvidencePlan() = default;
void EvidencePlan::note(const Packet& packet) { impl_->note(packet); }
void EvidencePlan::choose() { impl_->choose(); }
const PlannedSlice& EvidencePlan::slice(std::size_t incident) const { return impl_->slice(incident); }
std::span<const std::uint32_t> EvidencePlan::slices_with(const Packet& packet) { return impl_->slices_with(packet); }
void EvidencePlan::rewind() { impl_->rewind(); }

}  // namespace scanner

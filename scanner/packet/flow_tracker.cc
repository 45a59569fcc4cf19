#include "scanner/packet/flow_tracker.h"

#include "scanner/packet/flow_fate.h"
#include "scanner/packet/flow_table.h"
#include "scanner/packet/tcp_connection.h"
#include "scanner/packet/tcp_reassembly.h"

#include <algorithm>
#include <limits>

namespace scanner {
namespace {

constexpr std::array<IdleClass, kIdleClassCount> kClasses{
    IdleClass::TcpOpening, IdleClass::TcpOpen, IdleClass::TcpIgnored, IdleClass::TcpClosing, IdleClass::Datagram};
constexpr Timestamp kNever{std::numeric_limits<std::int64_t>::max()};

std::size_t index(Direction d) { return static_cast<std::size_t>(d); }

IdleClass class_of(const FlowEntry& entry) {
  const Flow& flow = entry.flow;
  if (flow.ref.tuple.protocol != IpProtocol::Tcp) return IdleClass::Datagram;
  if (is_closing(entry.tcp, flow)) return IdleClass::TcpClosing;
  if (!entry.tcp.beyond_syn) return IdleClass::TcpOpening;
  const bool of_interest = flow.wanted[0] || flow.wanted[1] || flow.payload_watch == kWatchEveryPayload;
  return of_interest ? IdleClass::TcpOpen : IdleClass::TcpIgnored;
}

}  // namespace

class FlowTracker::Impl {
 public:
  Impl(const FlowLimits& limits, std::uint64_t id_base, FlowEvents& events)
      : limits_(limits), last_id_(id_base), events_(events), reassembly_(limits_, events, counters_), fate_(limits_, table_, events) {}

  // `hash`: the ticket, which is the hash of the packet's flow.
  void feed(const Decoded& packet, PacketContext context, std::uint32_t hash) {
    advance(context);
    if (packet.status != DecodeStatus::Ok) return;
    const FlowKey key{packet.tuple, packet.vni};
    Direction d = Direction::FromInitiator;
    FlowEntry* entry = table_.find(key, hash, d);
    Belonging belonging = Belonging::Belongs;
    if (entry != nullptr && (packet.tcp.syn || entry->tcp.has_candidate)) {
      belonging = judge(entry->tcp, entry->flow, d, packet);
      if (belonging == Belonging::Another || belonging == Belonging::Resumes)
        entry = replace(*entry, hash, d, belonging, packet, context);
    }
    if (entry == nullptr) {
      d = first_direction(packet);
      entry = &open(packet, hash, d, context);
    }
    take(*entry, d, belonging, packet, context);
  }

  std::uint32_t announce(const Decoded& packet, const PacketContext& context) {
    if (!seeded_) seed(context);
    const std::uint32_t hash = table_.hash({packet.tuple, packet.vni});
    table_.prefetch_slot(hash);
    return hash;
  }
  void fetch(std::uint32_t ticket) const { table_.prefetch_entry(ticket); }

  void advance(PacketContext& context) {
    now_ = std::max(now_, context.at);
    context.at = now_;
    if (now_ >= fate_.due()) fate_.advance(context);
    if (now_ >= next_expiry_) expire(context);
  }

  void finish(PacketContext context) {
    now_ = context.at = std::max(now_, context.at);
    while (FlowEntry* entry = least_recent()) close(*entry, FlowEnd::RunEnded, context);
  }

  void for_each(const std::function<void(Flow&)>& visit) {
    table_.for_each([&](FlowEntry& entry) { visit(entry.flow); });
  }

  const FlowTrackerCounters& counters() const { return counters_; }
  std::size_t size() const { return table_.size(); }

 private:
  // No one who crafts tuples knows to the nanosecond when a run's first packet came, and
  // no result depends on the hash.
  void seed(const PacketContext& context) {
    table_.set_seed(static_cast<std::uint64_t>(context.at.ns) ^ last_id_ << 48);
    seeded_ = true;
  }

  Duration patience(IdleClass idle_class) const {
    switch (idle_class) {
      case IdleClass::TcpOpening:
        return limits_.tcp_opening;
      case IdleClass::TcpOpen:
        return limits_.tcp_idle;
      case IdleClass::TcpIgnored:
        return limits_.tcp_ignored_idle;
      case IdleClass::TcpClosing:
        return limits_.tcp_closing;
      case IdleClass::Datagram:
        break;
    }
    return limits_.udp_idle;
  }

  FlowEntry& open(const Decoded& packet, std::uint32_t hash, Direction d, const PacketContext& context) {
    if (table_.size() >= std::max<std::size_t>(limits_.max_flows, 1)) evict(context);
    const bool tcp = packet.tuple.protocol == IpProtocol::Tcp;
    const IdleClass idle_class = tcp ? IdleClass::TcpOpening : IdleClass::Datagram;
    FlowEntry& entry = table_.add(hash, idle_class);
    expect(idle_class);
    Flow& flow = entry.flow;
    flow.ref.id = ++last_id_;
    flow.ref.tuple = d == Direction::FromInitiator ? packet.tuple : packet.tuple.reversed();
    flow.ref.start_seen = !tcp || packet.tcp.syn;
    flow.ref.outer_vlan = packet.outer_vlan;
    flow.ref.vni = packet.vni;
    flow.ref.interface = packet.interface;
    flow.first_seen = flow.last_seen = context.at;
    ++counters_.flows;
    events_.on_opened(flow, context);
    fate_.opened(entry, packet.tuple == flow.ref.tuple ? Direction::FromInitiator : Direction::FromResponder, packet, context);
    return entry;
  }

  // Ends the flow and opens that of the next connection on the same tuple.
  FlowEntry* replace(FlowEntry& old, std::uint32_t hash, Direction& d, Belonging belonging, const Decoded& packet,
                     const PacketContext& context) {
    const std::uint32_t sequence = old.tcp.candidate_sequence;
    const bool from_candidate = old.tcp.candidate_from == d;
    close(old, FlowEnd::Closed, context);
    if (belonging == Belonging::Another) return nullptr;
    d = from_candidate ? Direction::FromInitiator : Direction::FromResponder;
    FlowEntry& entry = open(packet, hash, d, context);
    entry.flow.ref.start_seen = true;
    TcpStream& stream = entry.tcp.streams[index(Direction::FromInitiator)];
    stream.anchor(sequence + 1, true);
    stream.syn_seen = true;
    return &entry;
  }

  void take(FlowEntry& entry, Direction d, Belonging belonging, const Decoded& packet, const PacketContext& context) {
    Flow& flow = entry.flow;
    ++flow.counters.packets[index(d)];
    flow.counters.bytes[index(d)] += packet.payload.size();
    flow.last_seen = context.at;
    fate_.counted(entry, d, packet, context);
    if (flow.ref.tuple.protocol == IpProtocol::Tcp) {
      if (belonging != Belonging::Stray) take_segment(entry, d, packet, context);
    } else {
      take_datagram(flow, d, packet, context);
    }
    const IdleClass idle_class = class_of(entry);
    if (idle_class != entry.idle_class) {
      expect(idle_class);
      if (idle_class == IdleClass::TcpClosing && has_said_all(entry.tcp)) events_.on_said_all(flow);
    }
    table_.touch(entry, idle_class);
  }

  void take_segment(FlowEntry& entry, Direction d, const Decoded& packet, const PacketContext& context) {
    TcpConnection& tcp = entry.tcp;
    if (packet.tcp.rst) {
      note_reset(tcp, d, packet.tcp);
      tcp.beyond_syn = true;
      return;
    }
    if (packet.tcp.syn)
      entry.flow.ref.start_seen = true;
    else
      tcp.beyond_syn = true;
    const std::uint64_t before = tcp.streams[index(d)].next;
    reassembly_.take(entry.flow, tcp.streams, d, packet, context);
    if (tcp.streams[index(d)].next != before) tcp.reset[index(d)] = false;
    if (packet.payload.size() + packet.payload_cut != 0) watch_payload(entry.flow, d, packet, context);
  }

  void watch_payload(Flow& flow, Direction d, const Decoded& packet, const PacketContext& context) {
    if (flow.first_payload > 1 && flow.ref.start_seen) flow.first_payload = static_cast<std::uint8_t>(d);
    if (flow.payload_watch == kWatchNoPayload) return;
    constexpr std::uint64_t kFirst = 20;
    const std::uint64_t packets = flow.counters.packets[0] + flow.counters.packets[1];
    if (flow.payload_watch != kWatchEveryPayload && packets < kFirst << (flow.payload_watch - 1)) return;
    const PayloadSeen seen{packet.tcp.sequence + (packet.tcp.syn ? 1U : 0U), static_cast<std::uint32_t>(packet.payload.size()) + packet.payload_cut, packet.payload};
    events_.on_payload(flow, d, seen, context);
  }

  void take_datagram(Flow& flow, Direction d, const Decoded& packet, const PacketContext& context) {
    if (packet.payload_cut != 0) {
      flow.counters.gap_bytes[index(d)] += packet.payload_cut;
      counters_.gap_bytes += packet.payload_cut;
      ++counters_.gaps;
    }
    if (flow.wanted[index(d)] && !packet.payload.empty()) events_.on_datagram(flow, d, packet.payload, context);
  }

  void close(FlowEntry& entry, FlowEnd end, const PacketContext& context) {
    Flow& flow = entry.flow;
    if (flow.ref.tuple.protocol == IpProtocol::Tcp) {
      reassembly_.flush(flow, entry.tcp.streams, context);
      if (is_closing(entry.tcp, flow)) {
        const bool reset = entry.tcp.reset[0] || entry.tcp.reset[1];
        end = reset ? FlowEnd::Reset : FlowEnd::Closed;
      }
      const FlowCounters& counted = flow.counters;
      if (counted.bytes[0] + counted.bytes[1] != 0 && (counted.packets[0] == 0 || counted.packets[1] == 0))
        ++counters_.one_sided;
    }
    if (end == FlowEnd::Evicted) ++counters_.evicted;
    fate_.closed(entry, end, context);
    events_.on_closed(flow, end, context);
    reassembly_.forget(entry.tcp.streams);
    table_.remove(entry);
  }

  // A class with more than half of the table gives way first, so that a flood of one kind
  // does not push out the others; else whoever was seen least recently.
  void evict(const PacketContext& context) {
    for (const IdleClass idle_class : kClasses)
      if (table_.size(idle_class) * 2 > table_.size())
        return close(*table_.least_recent(idle_class), FlowEnd::Evicted, context);
    close(*least_recent(), FlowEnd::Evicted, context);
  }

  FlowEntry* least_recent() {
    FlowEntry* oldest = nullptr;
    for (const IdleClass idle_class : kClasses) {
      FlowEntry* entry = table_.least_recent(idle_class);
      if (entry == nullptr) continue;
      const auto order = [](const FlowEntry& e) { return std::pair(e.flow.last_seen, e.flow.ref.id); };
      if (oldest == nullptr || order(*entry) < order(*oldest)) oldest = entry;
    }
    return oldest;
  }

  void expire(const PacketContext& context) {
    next_expiry_ = kNever;
    for (const IdleClass idle_class : kClasses) {
      while (FlowEntry* entry = table_.least_recent(idle_class)) {
        const Timestamp due = entry->flow.last_seen + patience(idle_class);
        if (due > now_) {
          next_expiry_ = std::min(next_expiry_, due);
          break;
        }
        close(*entry, FlowEnd::Idle, context);
      }
    }
  }

  // A flow joins this class now: no later than this must expire() look again.
  void expect(IdleClass idle_class) { next_expiry_ = std::min(next_expiry_, now_ + patience(idle_class)); }

  const FlowLimits limits_;
  std::uint64_t last_id_;
  FlowEvents& events_;
  FlowTrackerCounters counters_;
  TcpReassembly reassembly_;
  FlowTable table_;
  FlowFate fate_;
  Timestamp now_;
  Timestamp next_expiry_ = kNever;
  bool seeded_ = false;
};

FlowTracker::FlowTracker(const FlowLimits& limits, std::uint64_t id_base, FlowEvents& events)
    : impl_(std::make_unique<Impl>(limits, id_base, events)) {}
FlowTracker::~FlowTracker() = default;

std::uint32_t FlowTracker::announce(const Decoded& decoded, const PacketContext& packet) { return impl_->announce(decoded, packet); }
void FlowTracker::feed(const Decoded& decoded, const PacketContext& packet, std::uint32_t ticket) { impl_->feed(decoded, packet, ticket); }
void FlowTracker::fetch(std::uint32_t ticket) const { impl_->fetch(ticket); }
void FlowTracker::advance(const PacketContext& packet) {
  PacketContext context = packet;
  impl_->advance(context);
}
void FlowTracker::for_each(const std::function<void(Flow&)>& visit) { impl_->for_each(visit); }
void FlowTracker::finish(const PacketContext& packet) { impl_->finish(packet); }
const FlowTrackerCounters& FlowTracker::counters() const { return impl_->counters(); }
std::size_t FlowTracker::size() const { return impl_->size(); }

}  // namespace scanner

// Decoded packets → flows, ordered byte streams and datagrams: one shard's share of them.
//
// A shard owns its table, its limits and its memory, so what is evicted depends on the
// packets of the shard alone and never on threads. Not thread-safe: one thread at a time
// per shard; different shards share nothing.
//
// A flow is a five-tuple in both directions within one VXLAN or GENEVE network, whatever its
// VLAN. Who its initiator is: tcp_connection.h. Streams are delivered in order and once; a
// later copy of a byte is counted where it differs; a hole is waited for while fewer than
// `max_pending_bytes` wait behind it and while the other side has not acknowledged past it,
// then it is reported as a gap and reading goes on. All policies: tcp_stream.h.
//
// Memory: an ignored TCP flow costs 336 bytes and 24 to 40 of table; one that waits for its
// first answer 24 more. What is out of order is bounded per direction and shard.
#pragma once

#include "scanner/model/flow_life.h"
#include "scanner/model/flow_ref.h"
#include "scanner/model/time.h"
#include "scanner/packet/decode.h"

#include <bitset>
#include <cstdint>
#include <functional>
#include <memory>

namespace scanner {

// What the owner of a flow's meaning (the engine) hangs onto it.
class FlowAttachment {
 public:
  virtual ~FlowAttachment() = default;
};

// A flow that had ended by itself (FIN or RST) is Closed or Reset also where it is evicted or
// the run ends; one that another connection on its tuple replaces is Closed.
enum class FlowEnd : std::uint8_t { Closed, Reset, Idle, Evicted, RunEnded };

inline constexpr std::uint8_t kWatchEveryPayload = 0, kWatchNoPayload = 0xff;

struct FlowCounters {
  std::uint64_t packets[2] = {0, 0};            // by Direction
  std::uint64_t bytes[2] = {0, 0};              // transport payload, retransmissions included
  std::uint32_t gap_bytes[2] = {0, 0};          // also what the snaplen took of datagrams
  std::uint32_t conflicting_bytes[2] = {0, 0};  // retransmitted with other content
};

// The engine's: what it keeps of a flow whose attachment it let go in on_said_all().
struct FlowRemains {
  static constexpr std::uint16_t kAll = 0xffff;
  bool any = false;
  bool unreadable[2] = {false, false};    // by Direction
  std::uint16_t searched[2] = {0, 0};     // bytes of the prefix that signatures are searched in; kAll: no more
};

struct Flow {
  FlowRef ref;
  FlowCounters counters;
  Timestamp first_seen, last_seen;  // engine time
  // While false, bytes of that direction are counted and not reassembled or delivered:
  // the engine clears it when nothing more can matter. It may be set again; delivery then
  // resumes at the next in-order byte.
  bool wanted[2] = {true, true};
  // Set by the engine: deliver on_acknowledged() for this flow.
  bool watches_acknowledgements = false;
  // Set by the engine: from which packet of the flow on on_payload() is called. kWatchEveryPayload:
  // from now on; n of 1 to 24: from the packet number 20 * 2^(n-1).
  std::uint8_t payload_watch = 0xff;
  std::uint8_t first_payload = 2;  // the Direction of the flow's first payload byte; 2: not seen
  std::uint16_t shape_slot = 0;    // the engine's, while it watches every payload
  FlowRemains remains;
  std::unique_ptr<FlowAttachment> attachment;
};

// The packet behind a delivery. For bytes that waited in the reassembly buffer it is the
// packet that carried them, not the one that closed the hole.
struct PacketContext {
  Timestamp at;                // engine time of the delivery (the packet that let the bytes through)
  std::uint64_t sequence = 0;  // position in the run, over all sources and shards
  std::uint32_t frame = 0;
  std::uint16_t file = 0;
};

// One TCP segment's payload, as it came: a retransmission too, and whatever its order.
struct PayloadSeen {
  std::uint32_t sequence = 0;
  std::uint32_t size = 0;  // on the wire
  Bytes bytes;             // captured
};

class FlowEvents {
 public:
  virtual ~FlowEvents() = default;
  virtual void on_opened(Flow& flow, const PacketContext& packet) = 0;
  // Bytes in order. `offset`: stream position of bytes[0], 0 at the first byte of a
  // stream whose start was seen, else relative to the first byte delivered.
  virtual void on_bytes(Flow& flow, Direction direction, Bytes bytes, std::uint64_t offset,
                        const PacketContext& packet) = 0;
  virtual void on_gap(Flow& flow, Direction direction, std::uint64_t missing, const PacketContext& packet) = 0;
  virtual void on_datagram(Flow& flow, Direction direction, Bytes bytes, const PacketContext& packet) = 0;
  // The sender of `direction` acknowledged the other side's bytes up to `offset` (in the
  // other direction's stream positions, also where those bytes were never captured).
  // Only when it advanced, and only while Flow::watches_acknowledgements. Of a stream of
  // which nothing was seen, offset 0 is the handshake's or else the first acknowledgement.
  virtual void on_acknowledged(Flow& flow, Direction direction, std::uint64_t offset, const PacketContext& packet) = 0;
  // Only as Flow::payload_watch asks for, after what the segment delivered.
  virtual void on_payload(Flow&, Direction, const PayloadSeen&, const PacketContext&) {}
  // Both sides ended their streams, and all that they said was delivered or not wanted: what is
  // kept for more can go, some seconds before on_closed() and while it is at hand. More may come
  // all the same, from somebody who was not obeyed or from a forger of the ends.
  virtual void on_said_all(Flow& /*flow*/) {}
  virtual void on_closed(Flow& flow, FlowEnd end, const PacketContext& packet) = 0;
  // A step in its life, with everything filled in but what the owner adds: order and clock.
  virtual void on_life(const Flow& /*flow*/, const FlowLife& /*life*/) {}
};

struct FlowLimits {
  // Per shard. The least recently seen goes first: of the kind (opening, open, ignored or
  // closing TCP, datagrams) that has more than half of the table, else of all.
  std::uint32_t max_flows = 16384;
  std::uint32_t max_pending_bytes = 256 * 1024;  // out of order, per direction
  std::uint32_t max_pending_bytes_per_shard = 4 * 1024 * 1024;
  Duration tcp_idle = std::chrono::hours(1);  // with the engine's interest (any wanted)
  Duration tcp_ignored_idle = std::chrono::minutes(5);
  Duration tcp_closing = std::chrono::seconds(10);  // after FIN both ways or RST
  Duration tcp_opening = std::chrono::minutes(2);   // a SYN and nothing else
  Duration udp_idle = std::chrono::minutes(2);
  // Of the steps in a flow's life (model/flow_life.h).
  Duration answer_patience = std::chrono::seconds(4);
  std::uint32_t volume_packets = kVolumePackets;
  std::shared_ptr<const std::bitset<65536>> told_ports;  // null: none
};

// `one_sided`: TCP flows that ended with payload and without a packet of the other side.
struct FlowTrackerCounters {
  std::uint64_t flows = 0, evicted = 0, gaps = 0, gap_bytes = 0, conflicting_bytes = 0, one_sided = 0;
};

class FlowTracker {
 public:
  // `id_base`: flow ids are id_base + 1, id_base + 2, …
  FlowTracker(const FlowLimits& limits, std::uint64_t id_base, FlowEvents& events);
  ~FlowTracker();

  // A packet with status Ok (or NoTransport, which is ignored but for time). Expires what
  // has been idle at packet.at before it looks the flow up.
  void feed(const Decoded& decoded, const PacketContext& packet) { feed(decoded, packet, announce(decoded, packet)); }

  // A packet with status Ok that will be fed soon, in the order of these calls: its flow is
  // brought into the cache in two steps, the second a few packets before feed().
  std::uint32_t announce(const Decoded& decoded, const PacketContext& packet);  // gives the ticket
  void fetch(std::uint32_t ticket) const;                                       // may be left out
  void feed(const Decoded& decoded, const PacketContext& packet, std::uint32_t ticket);

  // Expires idle flows up to `packet.at` without a packet.
  void advance(const PacketContext& packet);

  // Every flow, in an order that depends on the packets alone. `visit` changes what hangs on
  // a flow and nothing else.
  void for_each(const std::function<void(Flow&)>& visit);

  // Ends every flow, least recently seen first.
  void finish(const PacketContext& packet);

  const FlowTrackerCounters& counters() const;
  std::size_t size() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace scanner

// The flows of one shard: found by tuple, and kept in lists by how long they may be idle.
//
// An index (model/number_index.h) over a slab of entries that never move, so that references
// stay valid until remove(). The hash is keyed. Every operation is O(1) but for growth, which
// doubles.
//
// Memory per flow: sizeof(FlowEntry), 8 bytes of list links and 16 to 32 bytes of slots.
#pragma once

#include "scanner/model/number_index.h"
#include "scanner/model/number_list.h"
#include "scanner/packet/flow_tracker.h"
#include "scanner/packet/tcp_connection.h"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace scanner {

// What decides how long a flow may be idle.
enum class IdleClass : std::uint8_t { TcpOpening, TcpOpen, TcpIgnored, TcpClosing, Datagram };
inline constexpr std::size_t kIdleClassCount = 5;

// What a flow carried in the second that began last.
struct FlowWindow {
  Timestamp until;  // zero: none has begun
  std::uint32_t packets[2] = {0, 0};
  std::uint64_t bytes[2] = {0, 0};
};

struct FlowEntry {
  Flow flow;
  TcpConnection tcp;
  std::uint32_t number = 0;  // in the slab
  std::uint32_t hash = 0;
  IdleClass idle_class = IdleClass::Datagram;
  bool fate_told = false;  // answered, refused, unanswered: or there is nothing to tell
  std::uint32_t first_frame = 0;  // of its first packet
  std::uint16_t first_file = 0;
  FlowWindow window;
};

// The flow's key: a tuple in either direction, within one VXLAN or GENEVE network. VLANs
// are not part of it, since mirrored traffic is often tagged in one direction only.
struct FlowKey {
  const FiveTuple& tuple;
  std::uint32_t vni = 0;
};

class FlowTable {
 public:
  // Keys the hash. Before the first use.
  void set_seed(std::uint64_t seed);

  std::uint32_t hash(const FlowKey& key) const;
  // `direction`: in which the tuple's source sends.
  FlowEntry* find(const FlowKey& key, std::uint32_t hash, Direction& direction);
  // Bring into the cache what find() will touch: the slot, and later the entry behind it.
  void prefetch_slot(std::uint32_t hash) const;
  void prefetch_entry(std::uint32_t hash) const;
  // A new entry at the recent end of its class. The caller fills in `flow` and `tcp`.
  FlowEntry& add(std::uint32_t hash, IdleClass idle_class);
  // Drops the flow with all that it owns.
  void remove(FlowEntry& entry);

  // By FlowEntry::number, also one that is not in use now: then its flow's id is 0.
  FlowEntry& entry(std::uint32_t number) { return chunks_[number / kChunk][number % kChunk]; }

  // Puts the flow at the recent end of its class's list.
  void touch(FlowEntry& entry, IdleClass idle_class);
  FlowEntry* least_recent(IdleClass idle_class);
  // Every flow, class by class, least recent first. `visit` adds and removes none.
  void for_each(const std::function<void(FlowEntry&)>& visit);
  std::size_t size(IdleClass idle_class) const { return lists_[static_cast<std::size_t>(idle_class)].size(); }
  std::size_t size() const { return index_.size(); }

 private:
  static constexpr std::uint32_t kNone = NumberIndex::kNone;
  static constexpr std::size_t kChunk = 64;

  void prefetch(std::uint32_t number) const;
  NumberList<std::uint32_t>& list(IdleClass idle_class) { return lists_[static_cast<std::size_t>(idle_class)]; }
  auto links() {
    return [this](std::uint32_t number) -> NumberLinks<std::uint32_t>& { return links_[number]; };
  }

  std::uint64_t seed_ = 0;
  NumberIndex index_;
  std::vector<std::unique_ptr<FlowEntry[]>> chunks_;
  std::vector<NumberLinks<std::uint32_t>> links_;
  std::vector<std::uint32_t> free_;
  std::array<NumberList<std::uint32_t>, kIdleClassCount> lists_;  // least recent first
};

}  // namespace scanner

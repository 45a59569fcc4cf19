// The only thing that enters the engine. Live capture, files, recordings and tests all
// make the same events, which is why they reach the same verdicts.
#pragma once

#include "scanner/model/host_record.h"
#include "scanner/model/packet.h"
#include "scanner/model/time.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace scanner {

enum class EventKind : std::uint8_t {
  Packet,   // Event::packet
  Host,     // Event::host: a process, a socket, usage, attribution
  Tick,     // time passed and nothing else happened
  Loss,     // Event::lost units did not reach us (a capture drop, a damaged file)
  Secrets,  // Event::packet.data: TLS key log lines (SSLKEYLOGFILE) for packets behind it
  End,      // nothing follows; open incidents are closed
};

struct Event {
  Timestamp at;
  EventKind kind = EventKind::Packet;
  std::uint32_t host = 0;  // index into EventBatch::host_records
  std::uint64_t lost = 0;
  Packet packet;
};

// Events in the order in which they count, with everything that they point into. The
// blocks are shared and immutable: a batch may be read by several threads at once.
struct EventBatch {
  std::vector<Event> events;
  std::vector<HostRecord> host_records;
  std::vector<std::shared_ptr<const void>> blocks;

  void clear() {
    events.clear();
    host_records.clear();
    blocks.clear();
  }
};

// Moves one event of `from`, with its record, behind those of `to`, which has to hold its blocks.
inline Event& move_event(EventBatch& from, std::size_t position, EventBatch& to) {
  Event& event = to.events.emplace_back(from.events[position]);
  if (event.kind == EventKind::Host) {
    HostRecord& record = from.host_records[event.host];
    event.host = static_cast<std::uint32_t>(to.host_records.size());
    to.host_records.push_back(std::move(record));
  }
  return event;
}

}  // namespace scanner

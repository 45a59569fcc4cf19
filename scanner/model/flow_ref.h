// Which flow an observation was made on: a value that outlives the flow.
#pragma once

#include "scanner/model/address.h"

#include <cstdint>

namespace scanner {

// The direction in which bytes travel.
enum class Direction : std::uint8_t { FromInitiator = 0, FromResponder = 1 };

inline Direction opposite(Direction d) {
  return d == Direction::FromInitiator ? Direction::FromResponder : Direction::FromInitiator;
}

struct FlowRef {
  std::uint64_t id = 0;  // unique within a run, equal at any number of threads
  FiveTuple tuple;       // source: the initiator
  // In an order without holes: a flow has several of these.
  bool start_seen = false;       // TCP: a SYN or SYN-ACK was seen. Others: always true
  bool decrypted = false;        // what was seen stood in a session that keys opened
  std::uint16_t outer_vlan = 0;  // 0: none
  std::uint32_t vni = 0;         // VXLAN or GENEVE network, 0: none
  std::uint64_t interface = 0;   // interface_key of where it was captured first; 0: not told

  const Endpoint& sender(Direction d) const {
    return d == Direction::FromInitiator ? tuple.source : tuple.destination;
  }
  const Endpoint& receiver(Direction d) const { return sender(opposite(d)); }
};

}  // namespace scanner

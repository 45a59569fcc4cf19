// Segment → frames: transport, IP, fragments, tunnels and tags, link header. Checksums are
// right (RFC 1071), addresses of tunnels are documentation addresses.
#pragma once

#include "tools/trafficgen/segments.h"

#include <cstdint>
#include <vector>

namespace scanner::trafficgen {

// The frames of one segment in the order of sending: several where IP is fragmented.
// `number` differs from packet to packet (the IP identification).
std::vector<std::vector<std::uint8_t>> frame(const Conversation& conversation, const Segment& segment, LinkType link,
                                             std::uint16_t number);

}  // namespace scanner::trafficgen

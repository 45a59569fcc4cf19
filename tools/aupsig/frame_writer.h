// One TCP segment or UDP datagram as an Ethernet frame with right lengths and checksums
// (RFC 1071). Link addresses are made up from the IP addresses (locally administered).
#pragma once

#include "scanner/model/address.h"
#include "scanner/model/bytes.h"

#include <cstdint>
#include <vector>

namespace scanner {

struct FrameParts {
  FiveTuple tuple;  // source: the sender
  std::uint32_t sequence = 0, acknowledgement = 0;
  bool syn = false, ack = false, fin = false, rst = false, psh = false;
  std::uint16_t window = 0, number = 0;  // `number`: IPv4's identification
  Bytes payload;
  std::uint32_t cut = 0;  // payload bytes that were on the wire and are not in `payload`; then
                          // the transport checksum is 0, since nobody can know it
};

std::vector<std::uint8_t> frame_of(const FrameParts& parts);

}  // namespace scanner

// A captured packet, as a view into the block that holds it.
#pragma once

#include "scanner/model/bytes.h"
#include "scanner/model/time.h"

#include <cstdint>
#include <string_view>

namespace scanner {

// LINKTYPE_ numbers of the pcap family (tcpdump.org/linktypes.html).
enum class LinkType : std::uint16_t {
  Null = 0,
  Ethernet = 1,
  Ppp = 9,
  RawBsd = 12,  // DLT_RAW on most systems
  RawOpenBsd = 14,
  PppHdlc = 50,   // RFC 1662 framing, or Cisco's
  PppEther = 51,  // begins with the PPPoE header
  Raw = 101,
  CiscoHdlc = 104,
  Wireless = 105,  // IEEE 802.11
  Loop = 108,
  LinuxSll = 113,
  WirelessPrism = 119,
  WirelessRadiotap = 127,
  WirelessAvs = 163,
  Ipv4 = 228,
  Ipv6 = 229,
  LinuxSll2 = 276,
};

// Stands for an interface's name: FNV-1a with 64 bits, never 0. Equal in a live capture and in
// a file that tells the name (pcapng's if_name).
constexpr std::uint64_t interface_key(std::string_view name) { return fnv1a(name); }

// The bytes live as long as the EventBatch that the packet came in.
struct Packet {
  Timestamp at;
  Bytes data;                        // what was captured, from the link layer on
  std::uint32_t original_length = 0;  // on the wire, in bytes; at least data.size()
  std::uint32_t frame = 0;            // 1-based number within its file, as Wireshark counts
  std::uint16_t file = 0;             // index of the source it came from
  LinkType link = LinkType::Ethernet;
  std::uint64_t interface = 0;        // interface_key of where it was captured; 0: not told
};

}  // namespace scanner

// One captured packet → its innermost addresses, transport header and payload.
//
// Pure and stateless: fragments are recognised here and put together by ip_fragments.h.
// No allocation. Every length is checked; whatever does not fit ends decoding with a
// status that says why, and that status is counted (coverage is part of the product).
#pragma once

#include "scanner/model/address.h"
#include "scanner/model/packet.h"

#include <cstdint>

namespace scanner {

enum class DecodeStatus : std::uint8_t {
  Ok,           // a transport payload (perhaps empty) is there
  Fragment,     // Decoded::fragment is filled in; payload is this fragment's data
  NotIp,        // ARP, STP, LLDP …: understood to be no IP
  NoTransport,  // IP with a protocol we do not open (OSPF, ESP …); addresses are valid
  UnknownLink,  // a link type this build does not read
  Truncated,    // the snaplen cut a header
  Malformed,    // a length or version field contradicts the bytes
  TooDeep,      // more than kMaxEncapsulations layers of tunnels
  Enciphered,   // by the link layer (802.11, PPP)
  Packed,       // a fragment or an aggregate of the link layer, or compressed: not opened
};
inline constexpr std::size_t kDecodeStatusCount = 10;

// What keeps a packet from being read that might have been of interest.
inline constexpr DecodeStatus kUndecoded[] = {DecodeStatus::UnknownLink, DecodeStatus::Truncated,
                                              DecodeStatus::Malformed,   DecodeStatus::TooDeep,
                                              DecodeStatus::Enciphered,  DecodeStatus::Packed};

struct TcpFields {
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  bool syn = false, ack = false, fin = false, rst = false, psh = false;
  std::uint16_t window = 0;
};

struct FragmentFields {
  std::uint32_t id = 0;
  std::uint32_t offset = 0;  // bytes into the reassembled IP payload
  bool more = false;
  IpProtocol protocol = IpProtocol::Tcp;  // of the reassembled payload
};

struct Decoded {
  DecodeStatus status = DecodeStatus::Malformed;
  FiveTuple tuple;  // as in the packet: source is the sender
  TcpFields tcp;    // only where tuple.protocol is Tcp
  FragmentFields fragment;
  Bytes payload;                  // transport payload, link padding removed
  std::uint64_t interface = 0;    // the packet's
  std::uint32_t payload_cut = 0;  // payload bytes that the snaplen, or a mirroring switch, cut off
  std::uint32_t vni = 0;
  std::uint16_t outer_vlan = 0;
  std::uint8_t encapsulations = 0;  // tunnel headers passed
};

// Layers of tunnel that are opened before a packet counts as TooDeep.
inline constexpr int kMaxEncapsulations = 6;

// `packet.data` must outlive `decoded`. Never fails: see Decoded::status.
void decode(const Packet& packet, Decoded& decoded);

// The same from the start of an IP packet: for the payload that ip_fragments.h has put
// together. `outer` gives interface, VLAN, VNI and nesting so far.
void decode_ip_payload(IpProtocol protocol, Bytes payload, const Decoded& outer, Decoded& decoded);

}  // namespace scanner

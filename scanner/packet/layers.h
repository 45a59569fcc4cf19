// The parts of decode.h: one function per header, each of which takes its header off the
// front of a Walk and names the step that follows. Private to this folder's decoder.
//
// A loop over steps instead of functions that call each other: hostile nesting costs no
// stack, and the bounds stand in one place.
#pragma once

#include "scanner/packet/decode.h"

#include <cstdint>

namespace scanner::layers {

enum class Layer : std::uint8_t { Done, Ethernet, EtherType, Llc, Ppp, Mpls, Ip, IpPayload };

// What the rest of the packet is. `type`: an EtherType, a PPP or an IP protocol number;
// for Ip the version that the layer above announced, 0 for whatever the bytes say.
struct Step {
  Layer layer = Layer::Done;
  std::uint16_t type = 0;
};

inline std::uint16_t be16(const std::uint8_t* at) { return static_cast<std::uint16_t>(at[0] << 8 | at[1]); }
inline std::uint32_t be24(const std::uint8_t* at) {
  return std::uint32_t{at[0]} << 16 | std::uint32_t{at[1]} << 8 | std::uint32_t{at[2]};
}
inline std::uint16_t le16(const std::uint8_t* at) { return static_cast<std::uint16_t>(at[1] << 8 | at[0]); }
inline std::uint32_t be32(const std::uint8_t* at) { return std::uint32_t{at[0]} << 24 | be24(at + 1); }

// Tags, labels and extension headers in one packet; more are nobody's honest traffic.
inline constexpr std::uint8_t kMaxTags = 32;

// What is left of a packet while its headers are taken off.
struct Walk {
  Bytes rest;       // captured and not yet read
  std::size_t cut;  // bytes after `rest` that were on the wire and not captured
  Decoded& out;
  bool v6 = false;  // the innermost IP header so far
  std::uint8_t tags = 0;

  const std::uint8_t* data() const { return rest.data(); }
  std::size_t wire() const { return rest.size() + cut; }
  bool has(std::size_t count) const { return rest.size() >= count; }
  void skip(std::size_t count) { rest = rest.subspan(count); }

  Step stop(DecodeStatus status) {
    out.status = status;
    return {};
  }
  // For a header of `count` bytes that is not wholly there.
  Step lacking(std::size_t count) { return stop(wire() >= count ? DecodeStatus::Truncated : DecodeStatus::Malformed); }
  // The rest is `length` bytes long (at most wire()); what follows is padding.
  void limit(std::size_t length) {
    cut = length > rest.size() ? length - rest.size() : 0;
    if (length < rest.size()) rest = rest.first(length);
  }
  // The rest is the transport payload.
  Step finish(DecodeStatus status) {
    out.payload = rest;
    out.payload_cut = static_cast<std::uint32_t>(cut);
    return stop(status);
  }
  bool tag() { return ++tags <= kMaxTags; }
  // Counts a tunnel header; false where that is one too many.
  bool enter_tunnel() { return ++out.encapsulations <= kMaxEncapsulations; }
};

// link.cc
Step open_link(LinkType link, Walk& walk);
Step open_ethernet(Walk& walk);
Step open_ether_type(std::uint16_t type, Walk& walk);
Step open_llc(Walk& walk);
Step open_mpls(Walk& walk);
// True for the EtherTypes that lead on to IP.
bool leads_to_ip(std::uint16_t ether_type);
// True where the rest can be an IP header, by version and lengths, and an Ethernet frame
// with IP or ARP in it: for tunnels that do not say what they carry.
bool is_ip_header(const Walk& walk);
bool is_inner_ethernet(Bytes frame);

// ppp.cc
Step open_ppp(Walk& walk);
Step open_pppoe(Walk& walk);
Step open_hdlc(Walk& walk);        // either framing, told by the address byte
Step open_cisco_hdlc(Walk& walk);  // RFC 1547 4.3.1
// False for a PPP protocol that does not lead on to IP.
bool ppp_leads_to_ip(Bytes frame);

// wireless.cc: IEEE 802.11, bare or behind a header of the capturing system
Step open_wireless(Walk& walk);
Step open_prism(Walk& walk);
Step open_avs(Walk& walk);
Step open_radiotap(Walk& walk);

// ip.cc
Step open_ip(std::uint16_t version, Walk& walk);
Step open_ip_payload(std::uint8_t protocol, Walk& walk);

// gre.cc
Step open_gre(Walk& walk);

// udp_tunnel.cc
// The step into the tunnel that the payload of this UDP datagram proves to be, or Done
// with the walk untouched where it is none.
Step open_udp_tunnel(std::uint16_t source_port, std::uint16_t destination_port, Walk& walk);

// transport.cc
Step open_tcp(Walk& walk);
Step open_udp(Walk& walk);
Step open_icmp(IpProtocol protocol, Walk& walk);
Step open_sctp(Walk& walk);

}  // namespace scanner::layers

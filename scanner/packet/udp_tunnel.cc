// Tunnels in UDP: VXLAN (RFC 7348) and its generic extension (draft-ietf-nvo3-vxlan-gpe),
// GENEVE (RFC 8926), Teredo (RFC 4380), GTP-U (3GPP TS 29.281), L2TP (RFC 2661). A port alone
// proves nothing, since clients draw theirs from the same range: a UDP payload is a tunnel
// only if its reserved bits, lengths and inner types all say so.
#include "scanner/packet/layers.h"

namespace scanner::layers {
namespace {

enum Port : std::uint16_t {
  kL2tp = 1701,
  kGtp = 2152,
  kTeredo = 3544,
  kVxlan = 4789,
  kVxlanGpe = 4790,
  kGeneve = 6081,
  kLinuxVxlan = 8472,
};

constexpr std::uint16_t kTransparentEthernet = 0x6558;

Step open_vxlan(Walk& walk) {
  if (!walk.has(8 + 14)) return {};
  const std::uint8_t* at = walk.data();
  const bool plain = at[0] == 0x08 && be24(at + 1) == 0;
  const bool group_policy = at[0] == 0x88 && (at[1] & ~0x48) == 0;  // draft-smith-vxlan-group-policy
  if ((!plain && !group_policy) || at[7] != 0) return {};
  if (!is_inner_ethernet(walk.rest.subspan(8))) return {};
  walk.out.vni = be24(at + 4);
  walk.skip(8);
  return {Layer::Ethernet, 0};
}

// Only the version, the instance, the next protocol and the broadcast bit may be there; frames
// for the tunnel's own maintenance are left alone.
Step open_vxlan_gpe(Walk& walk) {
  if (!walk.has(8 + 14)) return {};
  const std::uint8_t* at = walk.data();
  constexpr std::uint8_t kInstance = 0x08, kNextProtocol = 0x04, kBroadcast = 0x02;
  if ((at[0] & ~kBroadcast) != (kInstance | kNextProtocol) || be16(at + 1) != 0 || at[7] != 0) return {};
  const std::uint8_t next = at[3];
  constexpr std::uint8_t kIp4 = 1, kIp6 = 2, kEthernet = 3;
  const bool fits = next == kEthernet ? is_inner_ethernet(walk.rest.subspan(8))
                                      : (next == kIp4 && at[8] >> 4 == 4) || (next == kIp6 && at[8] >> 4 == 6);
  if (!fits) return {};
  walk.out.vni = be24(at + 4);
  walk.skip(8);
  return next == kEthernet ? Step{Layer::Ethernet, 0} : Step{Layer::Ip, 0};
}

Step open_geneve(Walk& walk) {
  if (!walk.has(8)) return {};
  const std::uint8_t* at = walk.data();
  const std::size_t header = 8 + (at[0] & 0x3fU) * 4U;
  const std::uint16_t type = be16(at + 2);
  if (at[0] >> 6 != 0 || (at[1] & 0x3f) != 0 || at[7] != 0 || !walk.has(header)) return {};
  if (type == kTransparentEthernet) {
    if (!is_inner_ethernet(walk.rest.subspan(header))) return {};
  } else if (!leads_to_ip(type)) {
    return {};
  }
  walk.out.vni = be24(at + 4);
  walk.skip(header);
  return type == kTransparentEthernet ? Step{Layer::Ethernet, 0} : Step{Layer::EtherType, type};
}

Step open_teredo(Walk& walk) {
  Bytes rest = walk.rest;
  // An authentication and an origin indication may come first, in this order.
  if (rest.size() >= 13 && be16(rest.data()) == 1) {
    const std::size_t length = 13U + rest[2] + rest[3];
    if (rest.size() < length) return {};
    rest = rest.subspan(length);
  }
  if (rest.size() >= 8 && be16(rest.data()) == 0) rest = rest.subspan(8);
  if (rest.size() < 40 || rest[0] >> 4 != 6) return {};
  if (be16(rest.data() + 4) + std::size_t{40} != rest.size() + walk.cut) return {};
  const auto is_teredo = [](const std::uint8_t* address) {
    return be32(address) == 0x20010000 || be16(address) == 0xfe80;
  };
  if (!is_teredo(rest.data() + 8) && !is_teredo(rest.data() + 24)) return {};
  walk.rest = rest;
  return {Layer::Ip, 6};
}

// The user's packet in a mobile network. Tunnel numbers differ by direction and part no flows.
Step open_gtp(Walk& walk) {
  constexpr std::uint8_t kVersionAndType = 0x30, kOptional = 0x07, kExtended = 0x04, kUserData = 255;
  if (!walk.has(8)) return {};
  const std::uint8_t* at = walk.data();
  if ((at[0] & ~kOptional) != kVersionAndType || at[1] != kUserData || be16(at + 2) + 8U != walk.wire()) return {};
  std::size_t header = 8;
  if ((at[0] & kOptional) != 0) {
    header = 12;
    // Each extension: its length in fours, its content, the type of the next; 0 is none.
    for (std::uint8_t next = walk.has(12) && (at[0] & kExtended) != 0 ? at[11] : 0; next != 0;) {
      if (!walk.tag() || !walk.has(header + 1) || at[header] == 0) return {};
      header += at[header] * std::size_t{4};
      if (!walk.has(header)) return {};
      next = at[header - 1];
    }
  }
  if (!walk.has(header)) return {};
  Walk inner = walk;
  inner.skip(header);
  const bool ip = is_ip_header(inner);
  if (!ip && !is_inner_ethernet(inner.rest)) return {};
  walk.rest = inner.rest;
  return ip ? Step{Layer::Ip, 0} : Step{Layer::Ethernet, 0};
}

// A data message of version 2, whose PPP frame carries IP.
Step open_l2tp(Walk& walk) {
  constexpr std::uint16_t kLength = 0x4000, kSequence = 0x0800, kOffset = 0x0200, kPriority = 0x0100, kVersion = 2;
  if (!walk.has(2)) return {};
  const std::uint8_t* at = walk.data();
  const std::uint16_t flags = be16(at);
  if ((flags & ~(kLength | kSequence | kOffset | kPriority)) != kVersion) return {};
  std::size_t header = 6;  // with tunnel and session
  if ((flags & kLength) != 0) header += 2;
  if ((flags & kSequence) != 0) header += 4;
  if ((flags & kOffset) != 0) header += 2;
  if (!walk.has(header) || ((flags & kLength) != 0 && be16(at + 2) != walk.wire())) return {};
  if ((flags & kOffset) != 0) header += be16(at + header - 2);
  if (!walk.has(header) || !ppp_leads_to_ip(walk.rest.subspan(header))) return {};
  walk.skip(header);
  return {Layer::Ppp, 0};
}

}  // namespace

Step open_udp_tunnel(std::uint16_t source_port, std::uint16_t destination_port, Walk& walk) {
  switch (destination_port) {
    case kVxlan:
    case kLinuxVxlan:
      return open_vxlan(walk);
    case kVxlanGpe:
      return open_vxlan_gpe(walk);
    case kGeneve:
      return open_geneve(walk);
    case kGtp:
      return open_gtp(walk);
    case kL2tp:
      return open_l2tp(walk);
    default:
      break;
  }
  if (source_port == kL2tp) return open_l2tp(walk);
  if (destination_port == kTeredo || source_port == kTeredo) return open_teredo(walk);
  return {};
}

}  // namespace scanner::layers

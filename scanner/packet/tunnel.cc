// GRE (RFC 2784, 2890; version 1: RFC 2637), and tunnels in UDP: VXLAN (RFC 7348), GENEVE
// (RFC 8926), Teredo (RFC 4380). A port alone proves nothing, since clients draw theirs
// from the same range: a UDP payload is a tunnel only if its reserved bits, lengths and
// inner types all say so.
#include "scanner/packet/layers.h"

namespace scanner::layers {
namespace {

constexpr std::uint16_t kVxlanPort = 4789, kLinuxVxlanPort = 8472, kGenevePort = 6081, kTeredoPort = 3544;
constexpr std::uint16_t kTransparentEthernet = 0x6558, kArp = 0x0806;

bool is_inner_ethernet(Bytes frame) {
  if (frame.size() < 14) return false;
  const std::uint16_t type = be16(frame.data() + 12);
  return leads_to_ip(type) || type == kArp || type <= 1500;
}

Step inner_step(std::uint16_t ether_type) {
  if (ether_type == kTransparentEthernet) return {Layer::Ethernet, 0};
  return {Layer::EtherType, ether_type};
}

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
  return inner_step(type);
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

// PPTP's data channel (RFC 2637).
Step open_enhanced_gre(std::uint8_t flags, std::uint8_t second, Walk& walk) {
  const std::size_t header = 8U + ((flags & 0x10) != 0 ? 4U : 0U) + ((second & 0x80) != 0 ? 4U : 0U);
  if (!walk.has(header)) return walk.lacking(header);
  const std::size_t length = be16(walk.data() + 4);
  if (length > walk.wire() - header) return walk.stop(DecodeStatus::Malformed);
  if ((flags & 0x10) == 0 || length == 0) return walk.stop(DecodeStatus::NoTransport);  // an acknowledgement alone
  if (!walk.enter_tunnel()) return walk.stop(DecodeStatus::TooDeep);
  walk.skip(header);
  walk.limit(length);
  return {Layer::Ppp, 0};
}

}  // namespace

Step open_gre(Walk& walk) {
  if (!walk.has(4)) return walk.lacking(4);
  const std::uint8_t flags = walk.data()[0], second = walk.data()[1];
  const std::uint16_t type = be16(walk.data() + 2);
  const int version = second & 7;
  if (version == 1 && type == 0x880b) return open_enhanced_gre(flags, second, walk);
  // Source routes (RFC 1701) are gone from the standard and from the world.
  if (version != 0 || (flags & 0x40) != 0) return walk.stop(DecodeStatus::NoTransport);
  const bool checksum = (flags & 0x80) != 0, key = (flags & 0x20) != 0, sequence = (flags & 0x10) != 0;
  const std::size_t header = 4U + (checksum ? 4U : 0U) + (key ? 4U : 0U) + (sequence ? 4U : 0U);
  if (!walk.has(header)) return walk.lacking(header);
  if (type != kTransparentEthernet && !leads_to_ip(type)) return walk.stop(DecodeStatus::NoTransport);
  if (!walk.enter_tunnel()) return walk.stop(DecodeStatus::TooDeep);
  walk.skip(header);
  return inner_step(type);
}

Step open_udp_tunnel(std::uint16_t source_port, std::uint16_t destination_port, Walk& walk) {
  if (destination_port == kVxlanPort || destination_port == kLinuxVxlanPort) return open_vxlan(walk);
  if (destination_port == kGenevePort) return open_geneve(walk);
  if (destination_port == kTeredoPort || source_port == kTeredoPort) return open_teredo(walk);
  return {};
}

}  // namespace scanner::layers

// Link layers: Ethernet (IEEE 802.3, 802.2 LLC with SNAP), 802.1Q and 802.1ad tags, Linux
// cooked captures (tcpdump.org/linktypes), MPLS (RFC 3032, 4385).
#include "scanner/packet/layers.h"

namespace scanner::layers {
namespace {

enum EtherType : std::uint16_t {
  kIp4 = 0x0800,
  kArp = 0x0806,
  kVlan = 0x8100,
  kIp6 = 0x86dd,
  kMplsUnicast = 0x8847,
  kMplsMulticast = 0x8848,
  kPppoeSession = 0x8864,
  kServiceVlan = 0x88a8,
  kOldServiceVlan = 0x9100,
};

constexpr std::uint16_t kFirstEtherType = 0x0600;  // below: an 802.3 length
constexpr std::uint16_t kSllLlc = 4;               // LINUX_SLL_P_802_2

// The address family of null/loop captures, whose numbers differ by system.
Step family_step(std::uint32_t family, Walk& walk) {
  switch (family) {
    case 2:
      return {Layer::Ip, 4};
    case 10:  // Linux
    case 23:  // Windows
    case 24:  // NetBSD, OpenBSD
    case 28:  // FreeBSD
    case 30:  // Darwin
      return {Layer::Ip, 6};
    default:
      return walk.stop(DecodeStatus::NotIp);
  }
}

Step open_null(Walk& walk) {
  if (!walk.has(4)) return walk.lacking(4);
  std::uint32_t family = be32(walk.data());
  // The byte order is the capturing machine's; families are small numbers.
  if (family > 0xffff) family = __builtin_bswap32(family);
  walk.skip(4);
  return family_step(family, walk);
}

Step open_cooked(std::size_t header, std::size_t protocol_at, Walk& walk) {
  if (!walk.has(header)) return walk.lacking(header);
  const std::uint16_t protocol = be16(walk.data() + protocol_at);
  walk.skip(header);
  if (protocol >= kFirstEtherType) return {Layer::EtherType, protocol};
  if (protocol == kSllLlc) return {Layer::Llc, 0};
  return walk.stop(DecodeStatus::NotIp);
}

Step open_vlan(Walk& walk) {
  if (!walk.tag()) return walk.stop(DecodeStatus::TooDeep);
  if (!walk.has(4)) return walk.lacking(4);
  const std::uint16_t id = be16(walk.data()) & 0x0fff;
  const std::uint16_t type = be16(walk.data() + 2);
  if (walk.out.outer_vlan == 0) walk.out.outer_vlan = id;
  walk.skip(4);
  return type < kFirstEtherType ? Step{Layer::Llc, 0} : Step{Layer::EtherType, type};
}

// An Ethernet pseudowire, with its control word or without, only where the EtherType
// inside leads on to IP.
Step open_pseudowire(Walk& walk) {
  const std::uint8_t* at = walk.data();
  std::size_t control_word = 0;
  if (walk.has(18) && at[0] >> 4 == 0 && leads_to_ip(be16(at + 16))) {
    control_word = 4;
  } else if (!walk.has(14) || !leads_to_ip(be16(at + 12))) {
    return walk.stop(DecodeStatus::NotIp);
  }
  if (!walk.enter_tunnel()) return walk.stop(DecodeStatus::TooDeep);
  walk.skip(control_word);
  return {Layer::Ethernet, 0};
}

}  // namespace

// A MAC address may begin with the same nibble, so the length fields must fit.
bool is_ip_header(const Walk& walk) {
  const std::uint8_t* at = walk.data();
  if (walk.has(20) && at[0] >> 4 == 4) {
    const std::size_t header = (at[0] & 15U) * 4U, total = be16(at + 2);
    return header >= 20 && (total == 0 || (total >= header && total <= walk.wire()));
  }
  return walk.has(40) && at[0] >> 4 == 6 && be16(at + 4) + 40U <= walk.wire();
}

bool is_inner_ethernet(Bytes frame) {
  if (frame.size() < 14) return false;
  const std::uint16_t type = be16(frame.data() + 12);
  return leads_to_ip(type) || type == kArp || type <= 1500;
}

bool leads_to_ip(std::uint16_t ether_type) {
  switch (ether_type) {
    case kIp4:
    case kIp6:
    case kVlan:
    case kServiceVlan:
    case kOldServiceVlan:
    case kMplsUnicast:
    case kMplsMulticast:
    case kPppoeSession:
      return true;
    default:
      return false;
  }
}

Step open_link(LinkType link, Walk& walk) {
  if (link == LinkType::Ethernet) return open_ethernet(walk);
  switch (link) {
    case LinkType::Ethernet:
      break;
    case LinkType::RawBsd:
    case LinkType::RawOpenBsd:
    case LinkType::Raw:
      return {Layer::Ip, 0};
    case LinkType::Ipv4:
      return {Layer::Ip, 4};
    case LinkType::Ipv6:
      return {Layer::Ip, 6};
    case LinkType::Null:
    case LinkType::Loop:
      return open_null(walk);
    case LinkType::LinuxSll:
      return open_cooked(16, 14, walk);
    case LinkType::LinuxSll2:
      return open_cooked(20, 0, walk);
    case LinkType::Ppp:
      return {Layer::Ppp, 0};
    case LinkType::PppHdlc:
      return open_hdlc(walk);
    case LinkType::PppEther:
      return open_pppoe(walk);
    case LinkType::CiscoHdlc:
      return open_cisco_hdlc(walk);
    case LinkType::Wireless:
      return open_wireless(walk);
    case LinkType::WirelessPrism:
      return open_prism(walk);
    case LinkType::WirelessAvs:
      return open_avs(walk);
    case LinkType::WirelessRadiotap:
      return open_radiotap(walk);
  }
  return walk.stop(DecodeStatus::UnknownLink);
}

Step open_ethernet(Walk& walk) {
  if (!walk.has(14)) return walk.lacking(14);
  const std::uint16_t type = be16(walk.data() + 12);
  walk.skip(14);
  if (type >= kFirstEtherType) return open_ether_type(type, walk);
  return {Layer::Llc, 0};
}

Step open_ether_type(std::uint16_t type, Walk& walk) {
  switch (type) {
    case kIp4:
      return {Layer::Ip, 4};
    case kIp6:
      return {Layer::Ip, 6};
    case kVlan:
    case kServiceVlan:
    case kOldServiceVlan:
      return open_vlan(walk);
    case kMplsUnicast:
    case kMplsMulticast:
      return {Layer::Mpls, 0};
    case kPppoeSession:
      return open_pppoe(walk);
    default:
      return walk.stop(DecodeStatus::NotIp);
  }
}

Step open_llc(Walk& walk) {
  if (!walk.has(3)) return walk.lacking(3);
  const std::uint8_t* at = walk.data();
  constexpr std::uint32_t kSnap = 0xaaaa03, kIpSap = 0x060603;
  if (be24(at) == kIpSap) {
    walk.skip(3);
    return {Layer::Ip, 4};
  }
  if (be24(at) != kSnap) return walk.stop(DecodeStatus::NotIp);
  if (!walk.has(8)) return walk.lacking(8);
  const std::uint32_t organisation = be24(at + 3);
  const std::uint16_t type = be16(at + 6);
  // RFC 1042, and the bridge-tunnel encapsulation of 802.1H.
  if (organisation != 0 && organisation != 0x0000f8) return walk.stop(DecodeStatus::NotIp);
  if (!walk.tag()) return walk.stop(DecodeStatus::TooDeep);
  walk.skip(8);
  return {Layer::EtherType, type};
}

Step open_mpls(Walk& walk) {
  for (bool bottom = false; !bottom;) {
    if (!walk.tag()) return walk.stop(DecodeStatus::TooDeep);
    if (!walk.has(4)) return walk.lacking(4);
    bottom = (walk.data()[2] & 1) != 0;
    walk.skip(4);
  }
  // Too little is left to judge by: the IP layer says what is missing.
  const bool clipped = walk.cut != 0 && !walk.has(40);
  if (is_ip_header(walk) || clipped) return {Layer::Ip, 0};
  return open_pseudowire(walk);
}

}  // namespace scanner::layers

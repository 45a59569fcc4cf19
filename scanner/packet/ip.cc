// IPv4 (RFC 791), IPv6 and its extension headers (RFC 8200, 4302, 6946).
#include "scanner/packet/layers.h"

#include <cstring>

namespace scanner::layers {
namespace {

enum Protocol : std::uint8_t {
  kHopByHop = 0,
  kIp4InIp = 4,
  kIp6InIp = 41,
  kRouting = 43,
  kFragment = 44,
  kGre = 47,
  kAuthentication = 51,
  kNoNext = 59,
  kDestination = 60,
  kMobility = 135,
  kMplsInIp = 137,
  kHostIdentity = 139,
  kShim6 = 140,
  kEthernetInIp = 143,
};

constexpr std::size_t kLargestDatagram = 65535;

// The rest is a fragment's data at `offset`.
Step finish_fragment(std::uint32_t id, std::uint32_t offset, bool more, std::uint8_t protocol, Walk& walk) {
  if (offset + walk.wire() > kLargestDatagram) return walk.stop(DecodeStatus::Malformed);
  walk.out.fragment = {id, offset, more, static_cast<IpProtocol>(protocol)};
  walk.out.tuple.protocol = static_cast<IpProtocol>(protocol);
  return walk.finish(DecodeStatus::Fragment);
}

Step open_ip4(Walk& walk) {
  if (!walk.has(20)) return walk.lacking(20);
  const std::uint8_t* at = walk.data();
  const std::size_t header = (at[0] & 15U) * 4U;
  std::size_t total = be16(at + 2);
  if (total == 0) total = walk.wire();  // left to the network card (segmentation offload)
  if (at[0] >> 4 != 4 || header < 20 || total < header || total > walk.wire())
    return walk.stop(DecodeStatus::Malformed);
  walk.v6 = false;
  walk.out.tuple.source = {IpAddress::v4(at + 12), 0};
  walk.out.tuple.destination = {IpAddress::v4(at + 16), 0};
  walk.limit(total);
  if (!walk.has(header)) return walk.lacking(header);
  walk.skip(header);
  const std::uint16_t flags_offset = be16(at + 6);
  const bool more = (flags_offset & 0x2000) != 0;
  const std::uint32_t offset = (flags_offset & 0x1fffU) * 8U;
  if (more || offset != 0) return finish_fragment(be16(at + 4), offset, more, at[9], walk);
  return {Layer::IpPayload, at[9]};
}

bool is_mapped(const std::uint8_t* address) {
  std::uint64_t high = 0;
  std::memcpy(&high, address, 8);
  return high == 0 && be32(address + 8) == 0xffff;
}

Step open_ip6(Walk& walk) {
  if (!walk.has(40)) return walk.lacking(40);
  const std::uint8_t* at = walk.data();
  std::size_t length = be16(at + 4);
  const std::uint8_t next = at[6];
  // Zero: a jumbogram (RFC 2675), or left to the network card.
  if (length == 0 && next != kNoNext) length = walk.wire() - 40;
  if (at[0] >> 4 != 6 || length + 40 > walk.wire() || is_mapped(at + 8) || is_mapped(at + 24))
    return walk.stop(DecodeStatus::Malformed);
  walk.v6 = true;
  walk.out.tuple.source = {IpAddress::v6(at + 8), 0};
  walk.out.tuple.destination = {IpAddress::v6(at + 24), 0};
  walk.skip(40);
  walk.limit(length);
  return {Layer::IpPayload, next};
}

// Hop-by-hop, routing and their like: next header, length in eights without the first.
Step skip_extension(std::size_t unit, std::size_t extra, Walk& walk) {
  if (!walk.tag()) return walk.stop(DecodeStatus::TooDeep);
  if (!walk.has(2)) return walk.lacking(2);
  const std::uint8_t next = walk.data()[0];
  const std::size_t length = (walk.data()[1] + extra) * unit;
  if (!walk.has(length)) return walk.lacking(length);
  walk.skip(length);
  return {Layer::IpPayload, next};
}

Step open_fragment_header(Walk& walk) {
  if (!walk.tag()) return walk.stop(DecodeStatus::TooDeep);
  if (!walk.has(8)) return walk.lacking(8);
  const std::uint8_t next = walk.data()[0];
  const std::uint16_t offset_flags = be16(walk.data() + 2);
  const std::uint32_t id = be32(walk.data() + 4);
  walk.skip(8);
  const bool more = (offset_flags & 1) != 0;
  const std::uint32_t offset = offset_flags & 0xfff8U;
  if (!more && offset == 0) return {Layer::IpPayload, next};  // atomic: whole in itself
  return finish_fragment(id, offset, more, next, walk);
}

Step open_inner(Step step, Walk& walk) { return walk.enter_tunnel() ? step : walk.stop(DecodeStatus::TooDeep); }

// Headers that only IPv6 has, or another that neither has.
Step open_other(std::uint8_t protocol, Walk& walk) {
  if (walk.v6) {
    switch (protocol) {
      case kHopByHop:
      case kRouting:
      case kDestination:
      case kMobility:
      case kHostIdentity:
      case kShim6:
        return skip_extension(8, 1, walk);
      case kFragment:
        return open_fragment_header(walk);
      default:
        break;
    }
  }
  return walk.stop(DecodeStatus::NoTransport);
}

}  // namespace

Step open_ip(std::uint16_t version, Walk& walk) {
  if (!walk.has(1)) return walk.lacking(1);
  const int found = walk.data()[0] >> 4;
  if (version != 0 && found != version) return walk.stop(DecodeStatus::Malformed);
  if (found == 4) return open_ip4(walk);
  if (found == 6) return open_ip6(walk);
  return walk.stop(DecodeStatus::Malformed);
}

Step open_ip_payload(std::uint8_t protocol, Walk& walk) {
  walk.out.tuple.protocol = static_cast<IpProtocol>(protocol);
  switch (protocol) {
    case static_cast<std::uint8_t>(IpProtocol::Tcp):
      return open_tcp(walk);
    case static_cast<std::uint8_t>(IpProtocol::Udp):
      return open_udp(walk);
    case static_cast<std::uint8_t>(IpProtocol::Icmp):
      return open_icmp(IpProtocol::Icmp, walk);
    case static_cast<std::uint8_t>(IpProtocol::Icmp6):
      return open_icmp(IpProtocol::Icmp6, walk);
    case static_cast<std::uint8_t>(IpProtocol::Sctp):
      return open_sctp(walk);
    case kIp4InIp:
      return open_inner({Layer::Ip, 4}, walk);
    case kIp6InIp:
      return open_inner({Layer::Ip, 6}, walk);
    case kMplsInIp:
      return open_inner({Layer::Mpls, 0}, walk);
    case kEthernetInIp:
      return open_inner({Layer::Ethernet, 0}, walk);
    case kGre:
      return open_gre(walk);
    case kAuthentication:
      return skip_extension(4, 2, walk);
    default:
      return open_other(protocol, walk);
  }
}

}  // namespace scanner::layers

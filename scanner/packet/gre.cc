// GRE (RFC 2784, 2890; version 1: RFC 2637), NVGRE (RFC 7637), and what switches mirror over
// it: ERSPAN types I, II and III (draft-foschiano-erspan-03).
#include "scanner/packet/layers.h"

namespace scanner::layers {
namespace {

enum GreType : std::uint16_t {
  kTransparentEthernet = 0x6558,
  kMirror = 0x88be,   // ERSPAN I and II
  kMirror3 = 0x22eb,  // ERSPAN III
  kPptp = 0x880b,
};

enum GreFlag : std::uint8_t { kChecksum = 0x80, kRouting = 0x40, kKey = 0x20, kSequence = 0x10 };

// PPTP's data channel (RFC 2637).
Step open_enhanced_gre(std::uint8_t flags, std::uint8_t second, Walk& walk) {
  const std::size_t header = 8U + ((flags & kSequence) != 0 ? 4U : 0U) + ((second & 0x80) != 0 ? 4U : 0U);
  if (!walk.has(header)) return walk.lacking(header);
  const std::size_t length = be16(walk.data() + 4);
  if (length > walk.wire() - header) return walk.stop(DecodeStatus::Malformed);
  if ((flags & kSequence) == 0 || length == 0) return walk.stop(DecodeStatus::NoTransport);  // an acknowledgement alone
  if (!walk.enter_tunnel()) return walk.stop(DecodeStatus::TooDeep);
  walk.skip(header);
  walk.limit(length);
  return {Layer::Ppp, 0};
}

// The rest begins with the ERSPAN header of type II or III, or (I) with the frame itself.
Step open_mirror(int type, Walk& walk) {
  constexpr std::size_t kLongestFrame = 65535;
  if (type == 1) return {Layer::Ethernet, 0};
  std::size_t header = type == 2 ? 8 : 12;
  if (!walk.has(header)) return walk.lacking(header);
  const std::uint8_t* at = walk.data();
  if (at[0] >> 4 != type - 1) return walk.stop(DecodeStatus::Malformed);
  const bool truncated = (at[2] & 0x04) != 0;
  const int frame_type = type == 3 ? at[10] >> 2 & 31 : 0;  // 0: Ethernet, 2: IP
  if (type == 3 && (at[11] & 1) != 0) header += 8;          // a platform's own part
  if (frame_type != 0 && frame_type != 2) return walk.stop(DecodeStatus::NoTransport);
  if (!walk.has(header)) return walk.lacking(header);
  walk.skip(header);
  // The switch cut the frame and does not say by how much: the lengths inside do.
  if (truncated) walk.cut += kLongestFrame;
  return frame_type == 0 ? Step{Layer::Ethernet, 0} : Step{Layer::Ip, 0};
}

// NVGRE's key is a virtual subnet above the reserved range and eight bits of entropy; plain
// GRE keys are small and may differ by direction, so that they part no flows.
void note_subnet(std::uint8_t flags, std::uint32_t key, Walk& walk) {
  constexpr std::uint32_t kLastReserved = 0xfff, kVendors = 0xffffff;
  const std::uint32_t subnet = key >> 8;
  if (flags == kKey && subnet > kLastReserved && subnet < kVendors) walk.out.vni = subnet;
}

}  // namespace

Step open_gre(Walk& walk) {
  if (!walk.has(4)) return walk.lacking(4);
  const std::uint8_t flags = walk.data()[0], second = walk.data()[1];
  const std::uint16_t type = be16(walk.data() + 2);
  const int version = second & 7;
  if (version == 1 && type == kPptp) return open_enhanced_gre(flags, second, walk);
  // Source routes (RFC 1701) are gone from the standard and from the world.
  if (version != 0 || (flags & kRouting) != 0) return walk.stop(DecodeStatus::NoTransport);
  const bool checksum = (flags & kChecksum) != 0, key = (flags & kKey) != 0, sequence = (flags & kSequence) != 0;
  const std::size_t header = 4U + (checksum ? 4U : 0U) + (key ? 4U : 0U) + (sequence ? 4U : 0U);
  if (!walk.has(header)) return walk.lacking(header);
  const bool mirror = type == kMirror || type == kMirror3;
  if (type != kTransparentEthernet && !mirror && !leads_to_ip(type)) return walk.stop(DecodeStatus::NoTransport);
  if (!walk.enter_tunnel()) return walk.stop(DecodeStatus::TooDeep);
  if (type == kTransparentEthernet && key) note_subnet(flags, be32(walk.data() + (checksum ? 8 : 4)), walk);
  walk.skip(header);
  // Type I has neither an ERSPAN header nor a sequence number.
  if (mirror) return open_mirror(type == kMirror3 ? 3 : sequence ? 2 : 1, walk);
  return type == kTransparentEthernet ? Step{Layer::Ethernet, 0} : Step{Layer::EtherType, type};
}

}  // namespace scanner::layers

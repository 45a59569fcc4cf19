// PPP (RFC 1661, 1662), PPP over Ethernet (RFC 2516), Cisco's HDLC (RFC 1547 4.3.1).
#include "scanner/packet/layers.h"

namespace scanner::layers {
namespace {

enum PppProtocol : std::uint16_t {
  kIp4 = 0x0021,
  kCompressedTcp = 0x002d,  // RFC 1144
  kUncompressedTcp = 0x002f,
  kMultilink = 0x003d,  // RFC 1990
  kEncryptedLink = 0x0053,
  kEncrypted = 0x0055,  // RFC 1968
  kIp6 = 0x0057,
  kCompressedLink = 0x00fb,
  kCompressed = 0x00fd,  // RFC 1962; also MPPE
  kMplsUnicast = 0x0281,
  kMplsMulticast = 0x0283,
};

struct Header {
  std::size_t size = 0;  // 0: not wholly there
  std::uint16_t protocol = 0;
};

// Address and control may be left out, and the protocol may be compressed to one byte.
Header header_of(Bytes frame) {
  std::size_t at = frame.size() >= 2 && be16(frame.data()) == 0xff03 ? 2 : 0;
  if (frame.size() < at + 1) return {};
  if ((frame[at] & 1) != 0) return {at + 1, frame[at]};
  if (frame.size() < at + 2) return {};
  return {at + 2, be16(frame.data() + at)};
}

}  // namespace

bool ppp_leads_to_ip(Bytes frame) {
  const Header header = header_of(frame);
  if (header.size == 0 || header.size >= frame.size()) return false;
  const int version = frame[header.size] >> 4;
  return (header.protocol == kIp4 && version == 4) || (header.protocol == kIp6 && version == 6);
}

Step open_ppp(Walk& walk) {
  const Header header = header_of(walk.rest);
  if (header.size == 0) return walk.lacking(walk.rest.size() + 1);
  walk.skip(header.size);
  switch (header.protocol) {
    case kIp4:
      return {Layer::Ip, 4};
    case kIp6:
      return {Layer::Ip, 6};
    case kMplsUnicast:
    case kMplsMulticast:
      return {Layer::Mpls, 0};
    case kEncrypted:
    case kEncryptedLink:
      return walk.stop(DecodeStatus::Enciphered);
    case kCompressedTcp:
    case kUncompressedTcp:
    case kMultilink:
    case kCompressed:
    case kCompressedLink:
      return walk.stop(DecodeStatus::Packed);
    default:
      return walk.stop(DecodeStatus::NotIp);
  }
}

Step open_pppoe(Walk& walk) {
  if (!walk.tag()) return walk.stop(DecodeStatus::TooDeep);
  if (!walk.has(6)) return walk.lacking(6);
  const std::uint8_t version_type = walk.data()[0], code = walk.data()[1];
  const std::size_t length = be16(walk.data() + 4);
  walk.skip(6);
  if (version_type != 0x11 || length > walk.wire()) return walk.stop(DecodeStatus::Malformed);
  if (code != 0) return walk.stop(DecodeStatus::NotIp);  // discovery
  walk.limit(length);
  return {Layer::Ppp, 0};
}

Step open_cisco_hdlc(Walk& walk) {
  if (!walk.has(4)) return walk.lacking(4);
  const std::uint16_t type = be16(walk.data() + 2);
  walk.skip(4);
  return {Layer::EtherType, type};
}

Step open_hdlc(Walk& walk) {
  constexpr std::uint8_t kUnicast = 0x0f, kMulticast = 0x8f;
  if (!walk.has(1)) return walk.lacking(1);
  const std::uint8_t address = walk.data()[0];
  return address == kUnicast || address == kMulticast ? open_cisco_hdlc(walk) : Step{Layer::Ppp, 0};
}

}  // namespace scanner::layers

// Any bytes under any link type: decoding ends, and the payload lies within the packet.
#include "scanner/packet/decode.h"

#include <cstdlib>

using namespace scanner;

namespace {

constexpr LinkType kLinks[] = {LinkType::Ethernet,
                               LinkType::Null,
                               LinkType::RawBsd,
                               LinkType::RawOpenBsd,
                               LinkType::Raw,
                               LinkType::Loop,
                               LinkType::LinuxSll,
                               LinkType::Ipv4,
                               LinkType::Ipv6,
                               LinkType::LinuxSll2,
                               static_cast<LinkType>(9999),
                               LinkType::Ppp,
                               LinkType::PppHdlc,
                               LinkType::PppEther,
                               LinkType::CiscoHdlc,
                               LinkType::Wireless,
                               LinkType::WirelessRadiotap,
                               LinkType::WirelessAvs,
                               LinkType::WirelessPrism};

// A switch that mirrors may say that it cut a frame, and not by how much.
constexpr std::size_t kMirrorCut = 65535;

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  Packet packet;
  packet.link = kLinks[data[0] % std::size(kLinks)];
  packet.data = Bytes(data, size).subspan(2);
  packet.original_length = static_cast<std::uint32_t>(packet.data.size() + data[1]);
  Decoded decoded;
  decode(packet, decoded);
  check(static_cast<std::size_t>(decoded.status) < kDecodeStatusCount);
  check(decoded.encapsulations <= kMaxEncapsulations + 1);
  check(decoded.payload_cut <= data[1] + kMirrorCut * decoded.encapsulations);
  if (!decoded.payload.empty()) {
    check(decoded.payload.data() >= packet.data.data());
    check(decoded.payload.data() + decoded.payload.size() <= packet.data.data() + packet.data.size());
  }
  if (decoded.status == DecodeStatus::Fragment) {
    check(decoded.fragment.offset + decoded.payload.size() <= 65535);
    Decoded whole;
    decode_ip_payload(decoded.fragment.protocol, decoded.payload, decoded, whole);
  }
  return 0;
}

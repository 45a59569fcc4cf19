// TCP (RFC 9293), UDP (RFC 768), ICMP (RFC 792, 4443), SCTP (RFC 9260). Checksums are not
// verified: on the sending host they are often filled in by the network card.
#include "scanner/packet/layers.h"

namespace scanner::layers {
namespace {

void set_ports(Walk& walk) {
  walk.out.tuple.source.port = be16(walk.data());
  walk.out.tuple.destination.port = be16(walk.data() + 2);
}

struct TypePair {
  std::uint8_t request, reply;
};
constexpr TypePair kIcmpPairs[] = {{8, 0}, {10, 9}, {13, 14}, {15, 16}, {17, 18}};
constexpr TypePair kIcmp6Pairs[] = {{128, 129}, {130, 131}, {133, 134}, {135, 136}, {139, 140}, {144, 145}};

// The reply's type for a request and the other way round, else the code: so that both
// directions of an exchange are one flow, as the Community ID wants it.
std::uint16_t counterpart(std::span<const TypePair> pairs, std::uint8_t type, std::uint8_t code) {
  for (const TypePair& pair : pairs) {
    if (pair.request == type) return pair.reply;
    if (pair.reply == type) return pair.request;
  }
  return code;
}

}  // namespace

Step open_tcp(Walk& walk) {
  if (!walk.has(20)) return walk.lacking(20);
  const std::uint8_t* at = walk.data();
  const std::size_t header = (at[12] >> 4) * 4U;
  if (header < 20 || header > walk.wire()) return walk.stop(DecodeStatus::Malformed);
  set_ports(walk);
  TcpFields& tcp = walk.out.tcp;
  tcp.sequence = be32(at + 4);
  tcp.acknowledgement = be32(at + 8);
  const std::uint8_t flags = at[13];
  tcp.fin = (flags & 0x01) != 0;
  tcp.syn = (flags & 0x02) != 0;
  tcp.rst = (flags & 0x04) != 0;
  tcp.psh = (flags & 0x08) != 0;
  tcp.ack = (flags & 0x10) != 0;
  tcp.window = be16(at + 14);
  // Options that the snaplen cut leave a segment whose place in the stream is known.
  const std::size_t payload = walk.wire() - header;
  walk.out.payload = walk.rest.subspan(header < walk.rest.size() ? header : walk.rest.size());
  walk.out.payload_cut = static_cast<std::uint32_t>(payload - walk.out.payload.size());
  return walk.stop(DecodeStatus::Ok);
}

Step open_udp(Walk& walk) {
  if (!walk.has(8)) return walk.lacking(8);
  std::size_t length = be16(walk.data() + 4);
  if (length == 0) length = walk.wire();  // a jumbogram (RFC 2675), or left to the network card
  if (length < 8 || length > walk.wire()) return walk.stop(DecodeStatus::Malformed);
  set_ports(walk);
  walk.limit(length);
  walk.skip(8);
  const FiveTuple& tuple = walk.out.tuple;
  const Step inner = open_udp_tunnel(tuple.source.port, tuple.destination.port, walk);
  if (inner.layer == Layer::Done) return walk.finish(DecodeStatus::Ok);
  return walk.enter_tunnel() ? inner : walk.stop(DecodeStatus::TooDeep);
}

Step open_icmp(IpProtocol protocol, Walk& walk) {
  if (!walk.has(4)) return walk.lacking(4);
  const std::uint8_t type = walk.data()[0], code = walk.data()[1];
  const bool v6 = protocol == IpProtocol::Icmp6;
  walk.out.tuple.source.port = type;
  walk.out.tuple.destination.port = counterpart(v6 ? std::span<const TypePair>(kIcmp6Pairs) : kIcmpPairs, type, code);
  walk.skip(walk.has(8) ? 8 : walk.rest.size());
  return walk.finish(DecodeStatus::Ok);
}

// Ports only: nothing that the scanner looks for is carried over SCTP.
Step open_sctp(Walk& walk) {
  if (!walk.has(12)) return walk.lacking(12);
  set_ports(walk);
  return walk.stop(DecodeStatus::Ok);
}

}  // namespace scanner::layers

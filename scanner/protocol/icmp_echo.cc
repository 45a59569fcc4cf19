// ICMP and ICMPv6 echo (RFC 792, 4443): how much a request or reply carries, and whether two
// carry the same. Pings of the usual size are not told, and of one flow no more than kMost a
// direction.
#include "scanner/protocol/parser.h"

namespace scanner::icmp_echo {
namespace {

constexpr std::size_t kUsual = 64;  // ping sends 56, or 32
constexpr std::uint32_t kMost = 4096;
constexpr std::uint16_t kRequest = 8, kRequest6 = 128;

}  // namespace

bool parse(FlowSession& session, Direction sender, Bytes datagram, const Moment& moment) {
  const FiveTuple& tuple = session.flow().tuple;
  const bool v4 = tuple.protocol == IpProtocol::Icmp;
  if (!v4 && tuple.protocol != IpProtocol::Icmp6) return false;
  if (tuple.source.port != (v4 ? kRequest : kRequest6)) return true;
  FlowSession::Noted& noted = session.noted[static_cast<std::size_t>(sender)];
  if (datagram.size() <= kUsual || noted.kinds >= kMost) return true;
  ++noted.kinds;
  session.observe(sender, moment, EchoSeen{sender == Direction::FromResponder, static_cast<std::uint32_t>(datagram.size()), fnv1a(as_text(datagram))});
  return true;
}

}  // namespace scanner::icmp_echo

#include "tools/trafficgen/frames.h"

#include "tests/support/packet_builder.h"

namespace scanner::trafficgen {
namespace {

using test::PacketBuilder;

constexpr std::uint32_t kNetwork = 77;       // of VXLAN and GENEVE
constexpr std::uint32_t kSubnet = 0x2a0007;  // NVGRE: above what is reserved, and entropy
constexpr std::uint8_t kHasCheckSequence = 0x10;
constexpr std::string_view kTunnelEnds[2] = {"203.0.113.1", "203.0.113.2"};
constexpr std::string_view kTunnelEnds6[2] = {"2001:db8:ff::1", "2001:db8:ff::2"};

// The client is the radio station, the server is behind the access point.
test::WirelessHeader on_air(Side from, bool quality) {
  test::WirelessHeader header;
  header.to_system = from == Side::Client;
  header.from_system = from == Side::Server;
  header.quality = quality;
  return header;
}

void link_header(LinkType link, Side from, PacketBuilder& packet) {
  switch (link) {
    case LinkType::Wireless:
      packet.wireless(on_air(from, false)).llc_snap();
      break;
    case LinkType::WirelessRadiotap:
      packet.radiotap(kHasCheckSequence, true).wireless(on_air(from, true)).llc_snap();
      break;
    case LinkType::WirelessPrism:
      packet.prism().wireless(on_air(from, true)).llc_snap();
      break;
    case LinkType::WirelessAvs:
      packet.avs().wireless(on_air(from, false)).llc_snap();
      break;
    case LinkType::Ppp:
      packet.ppp(false);
      break;
    case LinkType::PppHdlc:
      packet.ppp();
      break;
    case LinkType::PppEther:
      packet.pppoe(17);
      break;
    case LinkType::CiscoHdlc:
      packet.cisco_hdlc();
      break;
    case LinkType::Ethernet:
      packet.ethernet();
      break;
    case LinkType::Null:
      packet.null();
      break;
    case LinkType::Loop:
      packet.null(true);
      break;
    case LinkType::LinuxSll:
      packet.linux_cooked();
      break;
    case LinkType::LinuxSll2:
      packet.linux_cooked_2();
      break;
    default:
      break;  // raw IP
  }
}

void wrap(Wrap wrap, Side from, PacketBuilder& packet) {
  const auto mine = static_cast<std::size_t>(from);
  const auto outer = [&]() -> PacketBuilder& { return packet.ip(kTunnelEnds[mine], kTunnelEnds[1 - mine]); };
  const test::GreHeader numbered{false, false, true};
  switch (wrap) {
    case Wrap::Vlan:
      packet.vlan(42);
      break;
    case Wrap::QinQ:
      packet.vlan(42, 0x88a8).vlan(7);
      break;
    case Wrap::Mpls:
      packet.mpls(1000).mpls(17);
      break;
    case Wrap::Pppoe:
      packet.pppoe(17);
      break;
    case Wrap::Gre:
      outer().gre();
      break;
    case Wrap::Ipip:
    case Wrap::SixInFour:
      outer();
      break;
    case Wrap::Vxlan:
      outer().vxlan(kNetwork).ethernet();
      break;
    case Wrap::VxlanGpe:
      outer().vxlan_gpe(kNetwork);
      break;
    case Wrap::Geneve:
      outer().geneve(kNetwork).ethernet();
      break;
    case Wrap::InIp6:
      packet.ip(kTunnelEnds6[mine], kTunnelEnds6[1 - mine]);
      break;
    case Wrap::Nvgre:
      outer().gre({false, true, false, kSubnet << 8 | 1}).ethernet();
      break;
    case Wrap::Pptp:
      outer().pptp();
      break;
    case Wrap::L2tp:
      outer().l2tp().ppp();
      break;
    case Wrap::Gtp:
      outer().gtp(true, 1);
      break;
    case Wrap::Erspan1:
      outer().gre().erspan(1).ethernet();
      break;
    case Wrap::Erspan2:
      outer().gre(numbered).erspan(2).ethernet();
      break;
    case Wrap::Erspan3:
      outer().gre(numbered).erspan(3, true).ethernet();
      break;
  }
}

std::string flags_of(const Segment& segment) {
  std::string flags;
  if (segment.syn) flags += 'S';
  if (segment.ack) flags += 'A';
  if (segment.fin) flags += 'F';
  if (segment.rst) flags += 'R';
  if (!segment.payload.empty()) flags += 'P';
  return flags;
}

}  // namespace

std::vector<std::vector<std::uint8_t>> frame(const Conversation& conversation, const Segment& segment, LinkType link,
                                             std::uint16_t number) {
  const bool client = segment.from == Side::Client;
  const Endpoint& from = client ? conversation.client : conversation.server;
  const Endpoint& to = client ? conversation.server : conversation.client;
  PacketBuilder packet;
  link_header(link, segment.from, packet);
  for (const Wrap layer : conversation.network.wraps) wrap(layer, segment.from, packet);
  packet.ip(from.address.to_string(), to.address.to_string());
  const std::string flags = flags_of(segment);
  constexpr std::uint8_t kEcho = 8, kEcho6 = 128, kReply6 = 129;
  const bool v4 = from.address.is_v4();
  // Identifier and sequence stand in front of the data.
  if (conversation.icmp)
    packet.icmp(v4 ? (client ? kEcho : std::uint8_t{0}) : (client ? kEcho6 : kReply6));
  else if (conversation.udp)
    packet.udp(from.port, to.port);
  else
    packet.tcp(
        from.port, to.port,
        {.sequence = segment.sequence, .acknowledgement = segment.ack ? segment.acknowledgement : 0, .flags = flags});
  packet.payload(segment.payload);

  const std::size_t most = conversation.network.fragment_size;
  const std::size_t header = conversation.udp ? 8 : 20;
  if (most != 0 && segment.payload.size() + header > most) return packet.build_fragments(number, most);
  return {packet.build()};
}

}  // namespace scanner::trafficgen

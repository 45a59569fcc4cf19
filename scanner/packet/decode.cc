#include "scanner/packet/decode.h"

#include "scanner/packet/layers.h"

namespace scanner {
namespace {

using layers::Layer;
using layers::Step;
using layers::Walk;

// A copy of a constant is half the cost of an object built in place of another.
constexpr Decoded kNothing{};

// Ends: every step takes bytes off the front, counts a tag or counts a tunnel.
void walk_layers(Step step, Walk& walk) {
  while (step.layer != Layer::Done) {
    switch (step.layer) {
      case Layer::Ethernet:
        step = layers::open_ethernet(walk);
        break;
      case Layer::EtherType:
        step = layers::open_ether_type(step.type, walk);
        break;
      case Layer::Llc:
        step = layers::open_llc(walk);
        break;
      case Layer::Ppp:
        step = layers::open_ppp(walk);
        break;
      case Layer::Mpls:
        step = layers::open_mpls(walk);
        break;
      case Layer::Ip:
        step = layers::open_ip(step.type, walk);
        break;
      case Layer::IpPayload:
        step = layers::open_ip_payload(static_cast<std::uint8_t>(step.type), walk);
        break;
      case Layer::Done:
        break;
    }
  }
}

}  // namespace

void decode(const Packet& packet, Decoded& decoded) {
  decoded = kNothing;
  decoded.interface = packet.interface;
  const std::size_t captured = packet.data.size();
  const std::size_t cut = packet.original_length > captured ? packet.original_length - captured : 0;
  Walk walk{packet.data, cut, decoded};
  walk_layers(layers::open_link(packet.link, walk), walk);
}

void decode_ip_payload(IpProtocol protocol, Bytes payload, const Decoded& outer, Decoded& decoded) {
  Decoded inner;
  inner.tuple = {{outer.tuple.source.address, 0}, {outer.tuple.destination.address, 0}, protocol};
  inner.outer_vlan = outer.outer_vlan;
  inner.vni = outer.vni;
  inner.interface = outer.interface;
  inner.encapsulations = outer.encapsulations;
  decoded = inner;
  Walk walk{payload, 0, decoded};
  walk.v6 = !inner.tuple.source.address.is_v4();
  walk_layers({Layer::IpPayload, static_cast<std::uint16_t>(protocol)}, walk);
}

}  // namespace scanner

// Packets for tests, written as one reads them, outermost header first:
//
//   PacketBuilder().ethernet().vlan(7).ip("192.0.2.1", "198.51.100.2").tcp(40000, 3333, {.flags = "S"}).build()
//
// Types, lengths and checksums are filled in; wrong ones are made with patch().
#pragma once

#include "scanner/model/bytes.h"
#include "scanner/model/packet.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace scanner::test {

using Buffer = std::vector<std::uint8_t>;

struct TcpHeader {
  std::uint32_t sequence = 1;
  std::uint32_t acknowledgement = 0;
  std::string_view flags = "A";  // of "SAFRPU"
  std::uint16_t window = 64240;
  std::size_t options = 0;  // bytes of NOP, rounded up to fours
};

struct GreHeader {
  bool checksum = false, key = false, sequence = false;
  std::uint32_t key_value = 42;
};

// A data frame of IEEE 802.11; follow it with llc_snap().
struct WirelessHeader {
  bool to_system = true, from_system = false;  // both: four addresses
  bool quality = false;                        // QoS control
  bool control = false;                        // HT control
  bool aggregate = false;                      // an A-MSDU: follow it with ieee_802_3()
  std::size_t filled_to = 1;                   // the header's length is a multiple of this
};

class PacketBuilder {
 public:
  // Links.
  PacketBuilder& ethernet();
  PacketBuilder& ieee_802_3();  // Ethernet with a length; follow it with llc_snap()
  PacketBuilder& llc_snap();
  PacketBuilder& vlan(std::uint16_t id, std::uint16_t tag_type = 0x8100);
  PacketBuilder& mpls(std::uint32_t label);  // several in a row make a stack
  PacketBuilder& control_word();             // of a pseudowire, behind the last label
  PacketBuilder& pppoe(std::uint16_t session = 1);
  PacketBuilder& linux_cooked();
  PacketBuilder& linux_cooked_2();
  PacketBuilder& null(bool big_endian = false);
  PacketBuilder& wireless(WirelessHeader header = {});
  // Headers before wireless(). Radiotap flags of 0x10 bring a check sequence behind the frame;
  // `words`: of presence bits.
  PacketBuilder& radiotap(std::uint8_t flags = 0, bool time = false, int words = 1);
  PacketBuilder& prism(bool big_endian = false);
  PacketBuilder& avs();
  PacketBuilder& ppp(bool address_and_control = true);
  PacketBuilder& cisco_hdlc();

  // Network: IPv4 or IPv6, by the addresses.
  PacketBuilder& ip(std::string_view source, std::string_view destination);
  PacketBuilder& ip_options(std::size_t size);  // of the IPv4 header just added; a multiple of four
  // An IPv6 extension header of type 0, 43, 60 or 51 (AH); `size` a multiple of eight (four).
  PacketBuilder& extension(std::uint8_t type, std::size_t size = 8);

  // Tunnels. Those over UDP bring their UDP header.
  PacketBuilder& gre(GreHeader header = {});
  PacketBuilder& pptp();  // GRE version 1 with PPP
  PacketBuilder& vxlan(std::uint32_t vni, std::uint16_t port = 4789);
  PacketBuilder& geneve(std::uint32_t vni, std::size_t options = 0);
  PacketBuilder& teredo(bool origin = false);
  PacketBuilder& vxlan_gpe(std::uint32_t vni);
  PacketBuilder& gtp(bool sequence = false, std::size_t extensions = 0);
  PacketBuilder& l2tp();  // follow it with ppp()
  // Behind gre(), whose header it wants with a sequence number but for type 1.
  PacketBuilder& erspan(int type, bool platform = false, bool truncated = false);

  // Transport.
  PacketBuilder& tcp(std::uint16_t source_port, std::uint16_t destination_port, TcpHeader header = {});
  PacketBuilder& udp(std::uint16_t source_port, std::uint16_t destination_port);
  PacketBuilder& icmp(std::uint8_t type, std::uint8_t code = 0);  // ICMPv6 within IPv6
  PacketBuilder& sctp(std::uint16_t source_port, std::uint16_t destination_port);
  // Of any other IP protocol.
  PacketBuilder& protocol(std::uint8_t number);

  PacketBuilder& payload(std::string_view text);
  PacketBuilder& payload(Bytes bytes);

  // Afterwards, in this order: link padding, then single bytes (counted from the packet's
  // start) set to a value.
  PacketBuilder& padding(std::size_t size);
  PacketBuilder& patch(std::size_t at, std::uint8_t value);

  Buffer build() const;
  // The packet in fragments of the innermost IP layer with `size` bytes of payload each (a
  // multiple of eight; the last may be shorter).
  std::vector<Buffer> build_fragments(std::uint32_t id, std::size_t size) const;

 private:
  // A header and how others announce it.
  struct Layer {
    std::function<Buffer(const Buffer& inner, const Layer* next)> wrap;
    std::uint16_t ether_type = 0;
    int ip_protocol = -1;
    // IP only: the payload with its checksum, and a header round a piece of it.
    std::function<Buffer(const Buffer& inner, const Layer* next)> complete = {};
    std::function<Buffer(const Buffer& piece, const Layer* next, std::uint32_t id, std::size_t offset, bool more)>
        wrap_fragment = {};
  };

  PacketBuilder& add(std::function<Buffer(const Buffer&, const Layer*)> wrap, std::uint16_t ether_type,
                     int ip_protocol);
  PacketBuilder& ip4(const Buffer& source, const Buffer& destination);
  PacketBuilder& ip6(const Buffer& source, const Buffer& destination);
  Buffer wrap(std::size_t first, std::size_t last, Buffer inner) const;
  Buffer finish(Buffer packet) const;
  const Layer* after(std::size_t i) const { return i + 1 < layers_.size() ? &layers_[i + 1] : nullptr; }

  std::vector<Layer> layers_;
  std::shared_ptr<std::size_t> ip_options_;  // of the last IPv4 header
  std::size_t padding_ = 0;
  std::vector<std::pair<std::size_t, std::uint8_t>> patches_;
};

// A view of `bytes`, which must outlive it. `captured`: the snaplen.
Packet packet_of(const Buffer& bytes, LinkType link = LinkType::Ethernet, std::size_t captured = SIZE_MAX);

}  // namespace scanner::test

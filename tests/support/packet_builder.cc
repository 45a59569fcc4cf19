#include "tests/support/packet_builder.h"

#include "scanner/model/address.h"

#include <algorithm>
#include <memory>

namespace scanner::test {
namespace {

constexpr std::uint16_t kIp4Type = 0x0800, kIp6Type = 0x86dd, kMplsType = 0x8847, kEthernetType = 0x6558;
constexpr int kIcmp = 1, kTcp = 6, kUdp = 17, kIcmp6 = 58, kNoNextHeader = 59, kNoProtocol = 253;

// Puts numbers behind each other in network byte order.
class Writer {
 public:
  Writer& u8(std::size_t value) { return put(value, 1); }
  Writer& u16(std::size_t value) { return put(value, 2); }
  Writer& u32(std::size_t value) { return put(value, 4); }
  Writer& zeros(std::size_t count) {
    bytes_.resize(bytes_.size() + count);
    return *this;
  }
  Writer& fill(std::size_t count, std::uint8_t value) {
    bytes_.insert(bytes_.end(), count, value);
    return *this;
  }
  Writer& add(const Buffer& bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  Buffer take() { return std::move(bytes_); }

 private:
  Writer& put(std::size_t value, int bytes) {
    for (int i = bytes; i-- > 0;) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    return *this;
  }
  Buffer bytes_;
};

Buffer operator+(const Buffer& a, const Buffer& b) {
  Buffer sum = a;
  sum.insert(sum.end(), b.begin(), b.end());
  return sum;
}

std::uint16_t internet_checksum(const Buffer& bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) sum += static_cast<std::uint32_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

void store16(Buffer& bytes, std::size_t at, std::uint16_t value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
}

// IEEE 802.3's CRC-32, as 802.11 has it behind its frames.
std::uint32_t check_sequence(const Buffer& frame) {
  std::uint32_t crc = ~0U;
  for (const std::uint8_t byte : frame) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320U : 0U);
  }
  return ~crc;
}

std::size_t ppp_protocol(std::uint16_t ether_type) {
  if (ether_type == kMplsType) return 0x281;
  return ether_type == kIp6Type ? 0x57 : 0x21;
}

// Fills in the checksum of a transport header, which covers the addresses too.
Buffer with_checksum(Buffer segment, int protocol, const Buffer& source, const Buffer& destination) {
  std::size_t at = 0;
  if (protocol == kTcp) at = 16;
  if (protocol == kUdp) at = 6;
  if (protocol == kIcmp || protocol == kIcmp6) at = 2;
  if (at == 0 || segment.size() < at + 2) return segment;
  Writer covered;
  if (protocol != kIcmp)
    covered.add(source).add(destination).u32(segment.size()).u32(static_cast<std::size_t>(protocol));
  store16(segment, at, internet_checksum(covered.add(segment).take()));
  return segment;
}

Buffer address_bytes(std::string_view text) {
  const IpAddress address = IpAddress::parse(text).value();
  return {address.octets.begin() + (address.is_v4() ? 12 : 0), address.octets.end()};
}

Buffer ip4_header(const Buffer& source, const Buffer& destination, int protocol, std::size_t inner, std::size_t id,
                  std::size_t fragment_field, std::size_t options) {
  Buffer header = Writer()
                      .u8(0x45 + options / 4)
                      .u8(0)
                      .u16(20 + options + inner)
                      .u16(id)
                      .u16(fragment_field)
                      .u8(64)
                      .u8(static_cast<std::size_t>(protocol))
                      .u16(0)
                      .add(source)
                      .add(destination)
                      .fill(options, 1)
                      .take();
  store16(header, 10, internet_checksum(header));
  return header;
}

Buffer ip6_header(const Buffer& source, const Buffer& destination, int protocol, std::size_t inner) {
  return Writer()
      .u32(0x60000000)
      .u16(inner)
      .u8(static_cast<std::size_t>(protocol))
      .u8(64)
      .add(source)
      .add(destination)
      .take();
}

// ICMP is another protocol in IPv6.
int ip6_protocol(int protocol) { return protocol == kIcmp ? kIcmp6 : protocol; }

std::size_t tcp_flags(std::string_view letters) {
  constexpr std::string_view kOrder = "FSRPAU";
  std::size_t flags = 0;
  for (const char letter : letters) flags |= std::size_t{1} << kOrder.find(letter);
  return flags;
}

}  // namespace

Packet packet_of(const Buffer& bytes, LinkType link, std::size_t captured) {
  Packet packet;
  packet.data = Bytes(bytes).first(std::min(captured, bytes.size()));
  packet.original_length = static_cast<std::uint32_t>(bytes.size());
  packet.link = link;
  return packet;
}

PacketBuilder& PacketBuilder::add(std::function<Buffer(const Buffer&, const Layer*)> wrap, std::uint16_t ether_type,
                                  int ip_protocol) {
  layers_.push_back({std::move(wrap), ether_type, ip_protocol});
  return *this;
}

PacketBuilder& PacketBuilder::ethernet() {
  return add(
      [](const Buffer& inner, const Layer* next) {
        return Writer()
            .u32(0x02000000)
            .u16(1)
            .u32(0x02000000)
            .u16(2)
            .u16(next ? next->ether_type : 0)
            .add(inner)
            .take();
      },
      kEthernetType, 143);
}

PacketBuilder& PacketBuilder::ieee_802_3() {
  return add(
      [](const Buffer& inner, const Layer*) {
        return Writer().u32(0x02000000).u16(1).u32(0x02000000).u16(2).u16(inner.size()).add(inner).take();
      },
      kEthernetType, 143);
}

PacketBuilder& PacketBuilder::llc_snap() {
  return add(
      [](const Buffer& inner, const Layer* next) {
        return Writer().u32(0xaaaa0300).u16(0).u16(next ? next->ether_type : 0).add(inner).take();
      },
      4, -1);
}

PacketBuilder& PacketBuilder::vlan(std::uint16_t id, std::uint16_t tag_type) {
  return add([id](const Buffer& inner,
                  const Layer* next) { return Writer().u16(id).u16(next ? next->ether_type : 0).add(inner).take(); },
             tag_type, -1);
}

PacketBuilder& PacketBuilder::mpls(std::uint32_t label) {
  return add(
      [label](const Buffer& inner, const Layer* next) {
        const bool bottom = next == nullptr || next->ether_type != kMplsType;
        return Writer().u32(std::size_t{label} << 12 | (bottom ? 0x140U : 0x040U)).add(inner).take();
      },
      kMplsType, 137);
}

PacketBuilder& PacketBuilder::control_word() {
  return add([](const Buffer& inner, const Layer*) { return Writer().u32(0).add(inner).take(); }, 0, -1);
}

PacketBuilder& PacketBuilder::pppoe(std::uint16_t session) {
  return add(
      [session](const Buffer& inner, const Layer* next) {
        const std::size_t protocol = next && next->ether_type == kIp6Type ? 0x57 : 0x21;
        return Writer().u16(0x1100).u16(session).u16(inner.size() + 2).u16(protocol).add(inner).take();
      },
      0x8864, -1);
}

PacketBuilder& PacketBuilder::linux_cooked() {
  return add(
      [](const Buffer& inner, const Layer* next) {
        return Writer().u16(0).u16(1).u16(6).zeros(8).u16(next ? next->ether_type : 0).add(inner).take();
      },
      0, -1);
}

PacketBuilder& PacketBuilder::linux_cooked_2() {
  return add(
      [](const Buffer& inner, const Layer* next) {
        return Writer().u16(next ? next->ether_type : 0).u16(0).u32(1).u16(1).u8(0).u8(6).zeros(8).add(inner).take();
      },
      0, -1);
}

PacketBuilder& PacketBuilder::null(bool big_endian) {
  return add(
      [big_endian](const Buffer& inner, const Layer* next) {
        const std::size_t family = next && next->ether_type == kIp6Type ? 30 : 2;
        return Writer().u32(big_endian ? family : family << 24).add(inner).take();
      },
      0, -1);
}

PacketBuilder& PacketBuilder::wireless(WirelessHeader header) {
  return add(
      [header](const Buffer& inner, const Layer*) {
        const std::size_t flags =
            (header.to_system ? 1U : 0U) | (header.from_system ? 2U : 0U) | (header.control ? 0x80U : 0U);
        Writer writer;
        writer.u8(header.quality ? 0x88 : 0x08).u8(flags).u16(0);
        for (const std::size_t end : {1, 2, 3}) writer.u32(0x02000000).u16(end);
        writer.u16(0x1000);  // sequence control, little endian: frame 1, not fragmented
        std::size_t size = 24;
        if (header.to_system && header.from_system) {
          writer.u32(0x02000000).u16(4);
          size += 6;
        }
        if (header.quality) {
          writer.u8(header.aggregate ? 0x80 : 0).u8(0);
          size += 2;
        }
        if (header.control) {
          writer.u32(0);
          size += 4;
        }
        writer.zeros((header.filled_to - size % header.filled_to) % header.filled_to);
        return writer.add(inner).take();
      },
      0, -1);
}

PacketBuilder& PacketBuilder::radiotap(std::uint8_t flags, bool time, int words) {
  return add(
      [=](const Buffer& inner, const Layer*) {
        const auto more = static_cast<std::size_t>(words - 1);
        const std::size_t fields = (8 + 4 * more + 7) / 8 * 8;  // where the time would stand
        const std::size_t begin = time ? fields + 8 : 8 + 4 * more;
        Writer writer;
        writer.u16(0).u8(begin + 1).u8(0).u8(time ? 3 : 2).u16(0).u8(more > 0 ? 0x80 : 0);
        for (std::size_t i = 0; i < more; ++i) writer.u16(0).u8(0).u8(i + 1 < more ? 0x80 : 0);
        if (time) writer.zeros(fields - 8 - 4 * more + 8);
        writer.u8(flags).add(inner);
        if ((flags & 0x10) != 0) writer.u32(__builtin_bswap32(check_sequence(inner)));
        return writer.take();
      },
      0, -1);
}

PacketBuilder& PacketBuilder::prism(bool big_endian) {
  return add(
      [big_endian](const Buffer& inner, const Layer*) {
        const auto number = [&](std::uint32_t value) { return big_endian ? value : __builtin_bswap32(value); };
        return Writer().u32(number(0x44)).u32(number(144)).zeros(136).add(inner).take();
      },
      0, -1);
}

PacketBuilder& PacketBuilder::avs() {
  return add(
      [](const Buffer& inner, const Layer*) { return Writer().u32(0x80211001).u32(64).zeros(56).add(inner).take(); }, 0,
      -1);
}

PacketBuilder& PacketBuilder::ppp(bool address_and_control) {
  return add(
      [=](const Buffer& inner, const Layer* next) {
        Writer writer;
        if (address_and_control) writer.u16(0xff03);
        return writer.u16(ppp_protocol(next ? next->ether_type : 0)).add(inner).take();
      },
      0, -1);
}

PacketBuilder& PacketBuilder::cisco_hdlc() {
  return add([](const Buffer& inner,
                const Layer* next) { return Writer().u16(0x0f00).u16(next ? next->ether_type : 0).add(inner).take(); },
             0, -1);
}

PacketBuilder& PacketBuilder::ip(std::string_view source, std::string_view destination) {
  const Buffer from = address_bytes(source), to = address_bytes(destination);
  return from.size() == 4 ? ip4(from, to) : ip6(from, to);
}

PacketBuilder& PacketBuilder::ip4(const Buffer& source, const Buffer& destination) {
  const auto options = std::make_shared<std::size_t>(0);
  ip_options_ = options;
  const auto protocol_of = [](const Layer* next) { return next ? next->ip_protocol : kNoProtocol; };
  const auto complete = [=](const Buffer& inner, const Layer* next) {
    return with_checksum(inner, protocol_of(next), source, destination);
  };
  const auto fragment = [=](const Buffer& piece, const Layer* next, std::uint32_t id, std::size_t offset, bool more) {
    const std::size_t field = offset / 8 | (more ? 0x2000U : 0U);
    return ip4_header(source, destination, protocol_of(next), piece.size(), id, field, *options) + piece;
  };
  const auto wrap = [=](const Buffer& inner, const Layer* next) {
    return fragment(complete(inner, next), next, 1, 0, false);
  };
  layers_.push_back({wrap, kIp4Type, 4, complete, fragment});
  return *this;
}

PacketBuilder& PacketBuilder::ip6(const Buffer& source, const Buffer& destination) {
  const auto protocol_of = [](const Layer* next) { return ip6_protocol(next ? next->ip_protocol : kNoNextHeader); };
  const auto complete = [=](const Buffer& inner, const Layer* next) {
    return with_checksum(inner, protocol_of(next), source, destination);
  };
  const auto fragment = [=](const Buffer& piece, const Layer* next, std::uint32_t id, std::size_t offset, bool more) {
    const auto protocol = static_cast<std::size_t>(protocol_of(next));
    const Buffer header = Writer().u8(protocol).u8(0).u16(offset | (more ? 1U : 0U)).u32(id).take();
    return ip6_header(source, destination, 44, piece.size() + 8) + header + piece;
  };
  const auto wrap = [=](const Buffer& inner, const Layer* next) {
    return ip6_header(source, destination, protocol_of(next), inner.size()) + complete(inner, next);
  };
  layers_.push_back({wrap, kIp6Type, 41, complete, fragment});
  return *this;
}

PacketBuilder& PacketBuilder::ip_options(std::size_t size) {
  *ip_options_ = size;
  return *this;
}

PacketBuilder& PacketBuilder::extension(std::uint8_t type, std::size_t size) {
  return add(
      [type, size](const Buffer& inner, const Layer* next) {
        const std::size_t length = type == 51 ? size / 4 - 2 : size / 8 - 1;
        const int protocol = ip6_protocol(next ? next->ip_protocol : kNoNextHeader);
        return Writer().u8(static_cast<std::size_t>(protocol)).u8(length).zeros(size - 2).add(inner).take();
      },
      0, type);
}

PacketBuilder& PacketBuilder::gre(GreHeader header) {
  return add(
      [header](const Buffer& inner, const Layer* next) {
        Writer writer;
        const std::size_t flags =
            (header.checksum ? 0x8000U : 0U) | (header.key ? 0x2000U : 0U) | (header.sequence ? 0x1000U : 0U);
        writer.u16(flags).u16(next ? next->ether_type : 0);
        if (header.checksum) writer.u32(0);
        if (header.key) writer.u32(header.key_value);
        if (header.sequence) writer.u32(1);
        Buffer packet = writer.add(inner).take();
        if (header.checksum) store16(packet, 4, internet_checksum(packet));
        return packet;
      },
      0, 47);
}

PacketBuilder& PacketBuilder::pptp() {
  return add(
      [](const Buffer& inner, const Layer* next) {
        const std::size_t protocol = next && next->ether_type == kIp6Type ? 0x57 : 0x21;
        return Writer()
            .u16(0x3081)
            .u16(0x880b)
            .u16(inner.size() + 4)
            .u16(9)
            .u32(1)
            .u32(1)
            .u16(0xff03)
            .u16(protocol)
            .add(inner)
            .take();
      },
      0, 47);
}

PacketBuilder& PacketBuilder::vxlan(std::uint32_t vni, std::uint16_t port) {
  return udp(50000, port)
      .add([vni](const Buffer& inner,
                 const Layer*) { return Writer().u32(0x08000000).u32(std::size_t{vni} << 8).add(inner).take(); },
           0, -1);
}

PacketBuilder& PacketBuilder::geneve(std::uint32_t vni, std::size_t options) {
  return udp(50000, 6081)
      .add(
          [=](const Buffer& inner, const Layer* next) {
            return Writer()
                .u8(options / 4)
                .u8(0)
                .u16(next ? next->ether_type : 0)
                .u32(std::size_t{vni} << 8)
                .zeros(options)
                .add(inner)
                .take();
          },
          0, -1);
}

PacketBuilder& PacketBuilder::teredo(bool origin) {
  return udp(3544, 3544)
      .add([origin](const Buffer& inner, const Layer*) { return Writer().zeros(origin ? 8 : 0).add(inner).take(); }, 0,
           -1);
}

PacketBuilder& PacketBuilder::vxlan_gpe(std::uint32_t vni) {
  return udp(50000, 4790)
      .add(
          [vni](const Buffer& inner, const Layer* next) {
            const std::uint16_t type = next ? next->ether_type : 0;
            const std::size_t protocol = type == kIp4Type ? 1 : type == kIp6Type ? 2 : 3;
            return Writer().u32(0x0c000000 | protocol).u32(std::size_t{vni} << 8).add(inner).take();
          },
          0, -1);
}

PacketBuilder& PacketBuilder::gtp(bool sequence, std::size_t extensions) {
  return udp(2152, 2152)
      .add(
          [=](const Buffer& inner, const Layer*) {
            constexpr std::size_t kSessionContainer = 0x85;
            const std::size_t optional = sequence || extensions > 0 ? 4 : 0;
            Writer writer;
            writer.u8(0x30U | (extensions > 0 ? 4U : 0U) | (sequence ? 2U : 0U)).u8(255);
            writer.u16(optional + 4 * extensions + inner.size()).u32(7);
            if (optional > 0) writer.u16(1).u8(0).u8(extensions > 0 ? kSessionContainer : 0);
            for (std::size_t i = 1; i <= extensions; ++i)
              writer.u8(1).u16(0x0009).u8(i < extensions ? kSessionContainer : 0);
            return writer.add(inner).take();
          },
          0, -1);
}

PacketBuilder& PacketBuilder::l2tp() {
  return udp(1701, 1701)
      .add([](const Buffer& inner,
              const Layer*) { return Writer().u16(0x4002).u16(8 + inner.size()).u16(5).u16(6).add(inner).take(); },
           0, -1);
}

PacketBuilder& PacketBuilder::erspan(int type, bool platform, bool truncated) {
  return add(
      [=](const Buffer& inner, const Layer* next) {
        Writer writer;
        const std::size_t session = 9U | (truncated ? 0x400U : 0U);
        if (type == 2) writer.u16(0x1000).u16(session).u32(0);
        const bool ip = next && (next->ether_type == kIp4Type || next->ether_type == kIp6Type);
        if (type == 3) writer.u16(0x2000).u16(session).u32(0).u16(0).u16((ip ? 0x0800U : 0U) | (platform ? 1U : 0U));
        if (type == 3 && platform) writer.zeros(8);
        return writer.add(inner).take();
      },
      type == 3 ? 0x22eb : 0x88be, -1);
}

PacketBuilder& PacketBuilder::tcp(std::uint16_t source_port, std::uint16_t destination_port, TcpHeader header) {
  return add(
      [=](const Buffer& inner, const Layer*) {
        const std::size_t options = (header.options + 3) / 4 * 4;
        return Writer()
            .u16(source_port)
            .u16(destination_port)
            .u32(header.sequence)
            .u32(header.acknowledgement)
            .u8((5 + options / 4) << 4)
            .u8(tcp_flags(header.flags))
            .u16(header.window)
            .u32(0)
            .fill(options, 1)
            .add(inner)
            .take();
      },
      0, kTcp);
}

PacketBuilder& PacketBuilder::udp(std::uint16_t source_port, std::uint16_t destination_port) {
  return add(
      [=](const Buffer& inner, const Layer*) {
        return Writer().u16(source_port).u16(destination_port).u16(8 + inner.size()).u16(0).add(inner).take();
      },
      0, kUdp);
}

PacketBuilder& PacketBuilder::icmp(std::uint8_t type, std::uint8_t code) {
  return add(
      [=](const Buffer& inner, const Layer*) { return Writer().u8(type).u8(code).u16(0).u32(1).add(inner).take(); }, 0,
      kIcmp);
}

PacketBuilder& PacketBuilder::sctp(std::uint16_t source_port, std::uint16_t destination_port) {
  return add(
      [=](const Buffer& inner, const Layer*) {
        return Writer().u16(source_port).u16(destination_port).u32(0).u32(0).add(inner).take();
      },
      0, 132);
}

PacketBuilder& PacketBuilder::protocol(std::uint8_t number) {
  return add([](const Buffer& inner, const Layer*) { return inner; }, 0, number);
}

PacketBuilder& PacketBuilder::payload(std::string_view text) { return payload(as_bytes(text)); }

PacketBuilder& PacketBuilder::payload(Bytes bytes) {
  const Buffer kept(bytes.begin(), bytes.end());
  return add([kept](const Buffer&, const Layer*) { return kept; }, 0, kNoProtocol);
}

PacketBuilder& PacketBuilder::padding(std::size_t size) {
  padding_ = size;
  return *this;
}

PacketBuilder& PacketBuilder::patch(std::size_t at, std::uint8_t value) {
  patches_.emplace_back(at, value);
  return *this;
}

Buffer PacketBuilder::wrap(std::size_t first, std::size_t last, Buffer inner) const {
  for (std::size_t i = last; i-- > first;) inner = layers_[i].wrap(inner, after(i));
  return inner;
}

Buffer PacketBuilder::finish(Buffer packet) const {
  packet.resize(packet.size() + padding_);
  for (const auto& [at, value] : patches_) packet.at(at) = value;
  return packet;
}

Buffer PacketBuilder::build() const { return finish(wrap(0, layers_.size(), {})); }

std::vector<Buffer> PacketBuilder::build_fragments(std::uint32_t id, std::size_t size) const {
  std::size_t ip = layers_.size();
  while (ip-- > 0 && !layers_[ip].wrap_fragment) {
  }
  const Layer& layer = layers_.at(ip);
  const Buffer whole = layer.complete(wrap(ip + 1, layers_.size(), {}), after(ip));
  std::vector<Buffer> fragments;
  for (std::size_t offset = 0; offset < whole.size(); offset += size) {
    const Bytes piece = Bytes(whole).subspan(offset, std::min(size, whole.size() - offset));
    const bool more = offset + piece.size() < whole.size();
    const Buffer fragment = layer.wrap_fragment({piece.begin(), piece.end()}, after(ip), id, offset, more);
    fragments.push_back(finish(wrap(0, ip, fragment)));
  }
  return fragments;
}

}  // namespace scanner::test

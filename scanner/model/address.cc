#include "scanner/model/address.h"

#include "scanner/model/bytes.h"
#include "scanner/model/digest.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <vector>

namespace scanner {

IpAddress IpAddress::v4(std::uint32_t host_order) {
  const std::array<std::uint8_t, 4> octets{static_cast<std::uint8_t>(host_order >> 24), static_cast<std::uint8_t>(host_order >> 16),
                                           static_cast<std::uint8_t>(host_order >> 8), static_cast<std::uint8_t>(host_order)};
  return v4(octets.data());
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string copy(text);  // inet_pton wants a terminator
  std::array<std::uint8_t, 16> raw{};
  if (inet_pton(AF_INET, copy.c_str(), raw.data()) == 1) return v4(raw.data());
  if (inet_pton(AF_INET6, copy.c_str(), raw.data()) == 1) return v6(raw.data());
  return std::nullopt;
}

bool IpAddress::can_be_subject() const {
  if (is_v4()) {
    const std::uint8_t first = octets[12];
    return first != 0 && (first < 224 || (first >= 240 && !std::all_of(octets.begin() + 12, octets.end(), [](std::uint8_t o) { return o == 255; })));
  }
  return octets[0] != 0xff && std::any_of(octets.begin(), octets.end(), [](std::uint8_t o) { return o != 0; });
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (is_v4())
    inet_ntop(AF_INET, octets.data() + 12, text.data(), text.size());
  else
    inet_ntop(AF_INET6, octets.data(), text.data(), text.size());
  return text.data();
}

std::string Endpoint::to_string() const {
  const std::string host = address.to_string();
  return (address.is_v4() ? host : "[" + host + "]") + ":" + std::to_string(port);
}

std::string_view to_string(IpProtocol protocol) {
  switch (protocol) {
    case IpProtocol::Icmp: return "icmp";
    case IpProtocol::Tcp: return "tcp";
    case IpProtocol::Udp: return "udp";
    case IpProtocol::Icmp6: return "icmp6";
    case IpProtocol::Sctp: return "sctp";
  }
  return "ip";
}

std::uint64_t symmetric_hash(const FiveTuple& tuple) {
  const std::uint64_t source = hash_of(tuple.source.address) ^ avalanche(tuple.source.port + 1ULL);
  const std::uint64_t destination = hash_of(tuple.destination.address) ^ avalanche(tuple.destination.port + 1ULL);
  return avalanche(source + destination + (static_cast<std::uint64_t>(tuple.protocol) << 56));
}

std::string community_id(const FiveTuple& tuple) {
  const bool icmp = tuple.protocol == IpProtocol::Icmp || tuple.protocol == IpProtocol::Icmp6;
  const Endpoint* first = &tuple.source;
  const Endpoint* second = &tuple.destination;
  if (!icmp && *second < *first) std::swap(first, second);
  std::vector<std::uint8_t> input{0, 0};  // the seed
  const auto add_address = [&input](const IpAddress& a) { input.insert(input.end(), a.octets.begin() + (a.is_v4() ? 12 : 0), a.octets.end()); };
  const auto add_port = [&input](std::uint16_t port) {
    input.push_back(static_cast<std::uint8_t>(port >> 8));
    input.push_back(static_cast<std::uint8_t>(port));
  };
  add_address(first->address);
  add_address(second->address);
  input.push_back(static_cast<std::uint8_t>(tuple.protocol));
  input.push_back(0);
  const bool has_ports = tuple.protocol == IpProtocol::Tcp || tuple.protocol == IpProtocol::Udp || tuple.protocol == IpProtocol::Sctp || icmp;
  if (has_ports) {
    add_port(first->port);
    add_port(second->port);
  }
  const auto hash = sha1(input);
  return "1:" + to_base64(hash);
}

std::optional<Cidr> Cidr::parse(std::string_view text) {
  Cidr cidr;
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  cidr.network_ = *address;
  const int width = address->is_v4() ? 32 : 128;
  int bits = width;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc{} || end != digits.data() + digits.size() || bits < 0 || bits > width) return std::nullopt;
  }
  cidr.prefix_bits_ = bits + (128 - width);
  return cidr;
}

IpAddress Cidr::network() const {
  IpAddress masked;
  for (int bit = 0; bit < prefix_bits_; bit += 8) {
    const int kept = std::min(8, prefix_bits_ - bit);
    const auto octet = static_cast<std::size_t>(bit / 8);
    masked.octets[octet] = static_cast<std::uint8_t>(network_.octets[octet] & (0xff << (8 - kept)));
  }
  return masked;
}

Cidr Cidr::covering(const IpAddress& address) const {
  Cidr wider = *this;
  while (!wider.contains(address)) --wider.prefix_bits_;
  return Cidr(wider.network(), wider.prefix_bits_);
}

bool Cidr::contains(const IpAddress& address) const {
  const std::size_t whole = static_cast<std::size_t>(prefix_bits_) / 8;
  if (!std::equal(network_.octets.begin(), network_.octets.begin() + static_cast<std::ptrdiff_t>(whole), address.octets.begin())) return false;
  const int rest = prefix_bits_ % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
  return (network_.octets[whole] & mask) == (address.octets[whole] & mask);
}

std::string Cidr::to_string() const {
  const int bits = network_.is_v4() ? prefix_bits_ - 96 : prefix_bits_;
  return network_.to_string() + "/" + std::to_string(bits);
}

}  // namespace scanner

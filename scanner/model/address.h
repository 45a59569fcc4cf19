// Internet addresses, flows' five-tuples and address ranges.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace scanner {

// An IPv4 or IPv6 address. IPv4 is kept in its v4-mapped form (::ffff:a.b.c.d), which an
// IPv6 packet must not carry: the decoder refuses such packets, so the two never mix.
struct IpAddress {
  std::array<std::uint8_t, 16> octets{};

  static IpAddress v4(std::uint32_t host_order);
  static IpAddress v4(const std::uint8_t* four_octets) {
    IpAddress address;
    std::memcpy(address.octets.data() + 8, kMapped.data(), 4);
    std::memcpy(address.octets.data() + 12, four_octets, 4);
    return address;
  }
  static IpAddress v6(const std::uint8_t* sixteen_octets) {
    IpAddress address;
    std::memcpy(address.octets.data(), sixteen_octets, 16);
    return address;
  }
  static std::optional<IpAddress> parse(std::string_view text);

  bool is_v4() const {
    std::uint32_t middle = 0;
    std::memcpy(&middle, octets.data() + 8, 4);
    return half(0) == 0 && middle == std::bit_cast<std::uint32_t>(kMapped);
  }
  // True for an address that one host can own: not unspecified, not multicast, not the
  // IPv4 limited broadcast. Only such an address can be a subject.
  bool can_be_subject() const;
  std::string to_string() const;  // RFC 5952

  // The eight octets from `at` on, as a number of the machine's byte order.
  std::uint64_t half(std::size_t at) const {
    std::uint64_t number = 0;
    std::memcpy(&number, octets.data() + at, 8);
    return number;
  }

  // Written out: every packet is compared, and the library would call memcmp().
  friend bool operator==(const IpAddress& a, const IpAddress& b) { return ((a.half(0) ^ b.half(0)) | (a.half(8) ^ b.half(8))) == 0; }
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  static constexpr std::array<std::uint8_t, 4> kMapped{0, 0, 0xff, 0xff};  // octets 8 to 11
};

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;

  std::string to_string() const;  // "192.0.2.1:80", "[2001:db8::1]:80"
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

enum class IpProtocol : std::uint8_t { Icmp = 1, Tcp = 6, Udp = 17, Icmp6 = 58, Sctp = 132 };
std::string_view to_string(IpProtocol protocol);  // "tcp", "udp", …; "ip" for the rest

// Ports are zero for protocols without them. For ICMP they are type and code.
struct FiveTuple {
  Endpoint source;
  Endpoint destination;
  IpProtocol protocol = IpProtocol::Tcp;

  FiveTuple reversed() const { return {destination, source, protocol}; }
  friend auto operator<=>(const FiveTuple&, const FiveTuple&) = default;
};

// A 64-bit finaliser with full avalanche (splitmix64's).
constexpr std::uint64_t avalanche(std::uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9U;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebU;
  return x ^ x >> 31;
}

// Not keyed: the flow table has a hash of its own.
inline std::uint64_t hash_of(const IpAddress& address) { return avalanche(address.half(0) * 0x9e3779b97f4a7c15U ^ avalanche(address.half(8))); }
// Equal for both orders, and for a tuple and its reverse.
inline std::uint64_t symmetric_hash(const IpAddress& a, const IpAddress& b) { return avalanche(hash_of(a) + hash_of(b)); }
std::uint64_t symmetric_hash(const FiveTuple& tuple);

// Community ID v1 with seed 0 (github.com/corelight/community-id-spec): equal for both
// directions, e.g. "1:LQU9qZlK+B5F3KDmev6m5PMibrg=".
std::string community_id(const FiveTuple& tuple);

class Cidr {
 public:
  Cidr() = default;
  // `prefix_bits` over the 128-bit form.
  explicit Cidr(const IpAddress& network, int prefix_bits = 128) : network_(network), prefix_bits_(prefix_bits) {}
  static std::optional<Cidr> parse(std::string_view text);  // "192.0.2.0/24", "2001:db8::1"
  IpAddress network() const;  // without the host's bits
  int prefix_bits() const { return prefix_bits_; }  // counted over the 128-bit form
  bool is_single() const { return prefix_bits_ == 128; }
  bool contains(const IpAddress& address) const;
  // The smallest range that holds this one and the address.
  Cidr covering(const IpAddress& address) const;
  std::string to_string() const;

 private:
  IpAddress network_;
  int prefix_bits_ = 128;  // counted over the 128-bit form
};

}  // namespace scanner

template <>
struct std::hash<scanner::IpAddress> {
  std::size_t operator()(const scanner::IpAddress& a) const noexcept { return scanner::hash_of(a); }
};

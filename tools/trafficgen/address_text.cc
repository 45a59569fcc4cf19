#include "tools/trafficgen/address_text.h"

#include "scanner/model/bytes.h"
#include "scanner/model/digest.h"

#include <array>
#include <vector>

namespace scanner::trafficgen {
namespace {

constexpr std::string_view kBase58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::string_view kSymbols = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

std::string cut(const Sha256& digest, std::size_t size) { return std::string(as_text(digest).substr(0, size)); }

// A BCH code over groups of five bits, its remainder kept in `Bits` bits.
template <typename Word, int Bits>
class Checksum {
 public:
  explicit Checksum(const std::array<Word, 5>& generator) : generator_(generator) {}
  void feed(std::uint8_t group) {
    constexpr Word kRest = (Word{1} << (Bits - 5)) - 1;
    const Word top = value_ >> (Bits - 5);
    value_ = (value_ & kRest) << 5 ^ group;
    for (std::size_t i = 0; i < generator_.size(); ++i)
      if ((top >> i & 1) != 0) value_ ^= generator_[i];
  }
  // The groups that make the whole come out as `wanted`, as text.
  std::string text(Word wanted) {
    for (int i = 0; i < Bits / 5; ++i) feed(0);
    value_ ^= wanted;
    std::string out;
    for (int shift = Bits - 5; shift >= 0; shift -= 5) out += kSymbols[static_cast<std::size_t>(value_ >> shift & 31)];
    return out;
  }

 private:
  const std::array<Word, 5>& generator_;
  Word value_ = 1;
};

std::string text_of(std::span<const std::uint8_t> symbols) {
  std::string out;
  for (const std::uint8_t symbol : symbols) out += kSymbols[symbol];
  return out;
}

}  // namespace

std::string base58_text(std::string_view bytes, std::size_t digits) {
  std::vector<std::uint32_t> number;  // base 58, least significant first
  for (const char c : bytes) {
    std::uint32_t carry = static_cast<std::uint8_t>(c);
    for (std::uint32_t& digit : number) {
      carry += digit << 8;
      digit = carry % 58;
      carry /= 58;
    }
    for (; carry != 0; carry /= 58) number.push_back(carry % 58);
  }
  while (number.size() < digits) number.push_back(0);
  std::string out;
  for (auto digit = number.rbegin(); digit != number.rend(); ++digit) out += kBase58[*digit];
  return out;
}

std::string base58check_text(std::string payload) {
  payload += cut(sha256(sha256(as_bytes(payload))), 4);
  std::string leading;
  for (std::size_t i = 0; i < payload.size() && payload[i] == '\0'; ++i) leading += '1';
  return leading + base58_text(payload, 0);
}

std::string cryptonote_text(std::string payload) {
  constexpr std::array<std::size_t, 9> kDigits{0, 2, 3, 5, 6, 7, 9, 10, 11};  // of a block of so many bytes
  payload += cut(keccak256(as_bytes(payload)), 4);
  std::string out;
  for (std::size_t at = 0; at < payload.size(); at += 8) {
    const std::string_view block = std::string_view(payload).substr(at, 8);
    out += base58_text(block, kDigits[block.size()]);
  }
  return out;
}

std::string bech32_text(std::string_view prefix, std::span<const std::uint8_t> symbols, Bech32Kind kind) {
  static constexpr std::array<std::uint32_t, 5> kGenerator{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
  Checksum<std::uint32_t, 30> checksum(kGenerator);
  for (const char c : prefix) checksum.feed(static_cast<std::uint8_t>(static_cast<std::uint8_t>(c) >> 5));
  checksum.feed(0);
  for (const char c : prefix) checksum.feed(static_cast<std::uint8_t>(c) & 31);
  for (const std::uint8_t symbol : symbols) checksum.feed(symbol);
  return std::string(prefix) + "1" + text_of(symbols) + checksum.text(kind == Bech32Kind::Bech32m ? 0x2bc830a3 : 1);
}

std::string cashaddr_text(std::string_view prefix, std::span<const std::uint8_t> symbols) {
  static constexpr std::array<std::uint64_t, 5> kGenerator{0x98f2bc8e61, 0x79b76d99e2, 0xf33e5fb3c4, 0xae2eabe2a8, 0x1e4f43e470};
  Checksum<std::uint64_t, 40> checksum(kGenerator);
  for (const char c : prefix) checksum.feed(static_cast<std::uint8_t>(c) & 31);
  checksum.feed(0);
  for (const std::uint8_t symbol : symbols) checksum.feed(symbol);
  return text_of(symbols) + checksum.text(1);
}

std::string eip55_text(std::string hex40) {
  const Sha256 digest = keccak256(as_bytes(hex40));
  for (std::size_t i = 0; i < hex40.size(); ++i)
    if ((digest[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15) >= 8 && hex40[i] >= 'a') hex40[i] = static_cast<char>(hex40[i] - 32);
  return hex40;
}

}  // namespace scanner::trafficgen

#include "scanner/signature/address_codes.h"

#include "scanner/model/digest.h"
#include "scanner/model/letters.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>

namespace scanner {
namespace {

constexpr std::string_view kBase58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::string_view kBech32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::uint8_t kNoDigit = 0xff;

constexpr std::array<std::uint8_t, 256> digits_of(std::string_view alphabet) {
  std::array<std::uint8_t, 256> digits{};
  for (std::uint8_t& digit : digits) digit = kNoDigit;
  for (std::size_t i = 0; i < alphabet.size(); ++i) digits[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return digits;
}
constexpr auto kBase58Digits = digits_of(kBase58);
constexpr auto kBech32Digits = digits_of(kBech32);

std::uint8_t digit(const std::array<std::uint8_t, 256>& digits, char c) { return digits[static_cast<unsigned char>(c)]; }

bool has_both_cases(std::string_view text) {
  const bool any_lower = std::any_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  const bool any_upper = std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  return any_lower && any_upper;
}

// Bytes in a block of so many characters; -1: no block is that long.
constexpr std::array<int, 12> kBlockBytes{0, -1, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8};

bool decode_block(std::string_view text, std::vector<std::uint8_t>& out) {
  const int bytes = kBlockBytes[text.size()];
  if (bytes < 0) return false;
  std::uint64_t value = 0;
  for (const char c : text) {
    const std::uint8_t d = digit(kBase58Digits, c);
    if (d == kNoDigit || value > (std::numeric_limits<std::uint64_t>::max() - d) / 58) return false;
    value = value * 58 + d;
  }
  if (bytes < 8 && value >> (8 * bytes) != 0) return false;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
  return true;
}

std::uint32_t bech32_step(std::uint32_t checksum, std::uint8_t symbol) {
  constexpr std::array<std::uint32_t, 5> kGenerator{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
  const std::uint32_t top = checksum >> 25;
  checksum = (checksum & 0x1ffffff) << 5 ^ symbol;
  for (std::size_t i = 0; i < kGenerator.size(); ++i)
    if (top >> i & 1) checksum ^= kGenerator[i];
  return checksum;
}

std::uint64_t cashaddr_step(std::uint64_t checksum, std::uint8_t symbol) {
  constexpr std::array<std::uint64_t, 5> kGenerator{0x98f2bc8e61, 0x79b76d99e2, 0xf33e5fb3c4, 0xae2eabe2a8, 0x1e4f43e470};
  const std::uint64_t top = checksum >> 35;
  checksum = (checksum & 0x07ffffffff) << 5 ^ symbol;
  for (std::size_t i = 0; i < kGenerator.size(); ++i)
    if (top >> i & 1) checksum ^= kGenerator[i];
  return checksum;
}

}  // namespace

std::optional<std::vector<std::uint8_t>> base58_decode(std::string_view text) {
  if (text.size() > 60) return std::nullopt;
  std::array<std::uint8_t, 48> number{};  // big-endian; 58^60 is less than 2^352
  std::size_t used = 0;
  for (const char c : text) {
    unsigned carry = digit(kBase58Digits, c);
    if (carry == kNoDigit) return std::nullopt;
    for (std::size_t i = 0; i < used || carry != 0; ++i) {
      std::uint8_t& byte = number[number.size() - 1 - i];
      carry += 58u * byte;
      byte = static_cast<std::uint8_t>(carry & 0xff);
      carry >>= 8;
      used = std::max(used, i + 1);
    }
  }
  const std::size_t zeros = text.find_first_not_of('1') == std::string_view::npos ? text.size() : text.find_first_not_of('1');
  std::vector<std::uint8_t> bytes(zeros, 0);
  bytes.insert(bytes.end(), number.end() - static_cast<std::ptrdiff_t>(used), number.end());
  return bytes;
}

std::optional<std::vector<std::uint8_t>> base58check_decode(std::string_view text) {
  auto bytes = base58_decode(text);
  if (!bytes || bytes->size() < 5) return std::nullopt;
  const std::size_t size = bytes->size() - 4;
  const Sha256 hash = sha256(sha256(Bytes(*bytes).first(size)));
  if (!std::equal(hash.begin(), hash.begin() + 4, bytes->begin() + static_cast<std::ptrdiff_t>(size))) return std::nullopt;
  bytes->resize(size);
  return bytes;
}

std::optional<std::vector<std::uint8_t>> cryptonote_base58_decode(std::string_view text) {
  constexpr std::size_t kBlock = 11;
  if (text.size() > 128) return std::nullopt;
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < text.size(); i += kBlock)
    if (!decode_block(text.substr(i, kBlock), bytes)) return std::nullopt;
  if (bytes.size() < 5) return std::nullopt;
  const std::size_t size = bytes.size() - 4;
  const Sha256 hash = keccak256(Bytes(bytes).first(size));
  if (!std::equal(hash.begin(), hash.begin() + 4, bytes.begin() + static_cast<std::ptrdiff_t>(size))) return std::nullopt;
  bytes.resize(size);
  return bytes;
}

std::optional<Bech32> bech32_decode(std::string_view text) {
  constexpr std::size_t kChecksum = 6;
  const std::size_t separator = text.rfind('1');
  if (text.size() > 90 || separator == std::string_view::npos || separator == 0) return std::nullopt;
  if (text.size() - separator - 1 < kChecksum || has_both_cases(text)) return std::nullopt;
  Bech32 out;
  out.prefix_as_written = text.substr(0, separator);
  std::uint32_t checksum = 1;
  for (const char c : out.prefix_as_written) checksum = bech32_step(checksum, static_cast<std::uint8_t>(lower(c)) >> 5);
  checksum = bech32_step(checksum, 0);
  for (const char c : out.prefix_as_written) checksum = bech32_step(checksum, static_cast<std::uint8_t>(lower(c)) & 31);
  for (const char c : text.substr(separator + 1)) {
    const std::uint8_t symbol = digit(kBech32Digits, lower(c));
    if (symbol == kNoDigit) return std::nullopt;
    checksum = bech32_step(checksum, symbol);
    out.symbols.push_back(symbol);
  }
  if (checksum != 1 && checksum != 0x2bc830a3) return std::nullopt;
  out.kind = checksum == 1 ? Bech32Kind::Bech32 : Bech32Kind::Bech32m;
  out.symbols.resize(out.symbols.size() - kChecksum);
  return out;
}

std::optional<std::vector<std::uint8_t>> cashaddr_decode(std::string_view prefix, std::string_view payload) {
  constexpr std::size_t kChecksum = 8;
  if (payload.size() > 112 || payload.size() <= kChecksum || has_both_cases(payload)) return std::nullopt;
  std::uint64_t checksum = 1;
  for (const char c : prefix) checksum = cashaddr_step(checksum, static_cast<std::uint8_t>(lower(c)) & 31);
  checksum = cashaddr_step(checksum, 0);
  std::vector<std::uint8_t> symbols;
  for (const char c : payload) {
    const std::uint8_t symbol = digit(kBech32Digits, lower(c));
    if (symbol == kNoDigit) return std::nullopt;
    checksum = cashaddr_step(checksum, symbol);
    symbols.push_back(symbol);
  }
  if (checksum != 1) return std::nullopt;
  symbols.resize(symbols.size() - kChecksum);
  return symbols;
}

std::optional<std::vector<std::uint8_t>> bytes_of_symbols(std::span<const std::uint8_t> symbols) {
  std::vector<std::uint8_t> bytes;
  unsigned pending = 0, bits = 0;
  for (const std::uint8_t symbol : symbols) {
    pending = (pending << 5 | symbol) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(static_cast<std::uint8_t>(pending >> bits));
  }
  if (bits >= 5 || (pending & ((1u << bits) - 1)) != 0) return std::nullopt;
  return bytes;
}

bool has_eip55_case(std::string_view hex40) {
  const std::string small = lowered(hex40);
  const Sha256 hash = keccak256(as_bytes(small));
  for (std::size_t i = 0; i < hex40.size(); ++i) {
    if (small[i] < 'a') continue;
    const bool upper_wanted = (hash[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15) >= 8;
    if ((hex40[i] == small[i]) == upper_wanted) return false;
  }
  return true;
}

}  // namespace scanner

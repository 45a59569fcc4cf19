#include "tools/trafficgen/wallet_like.h"

#include "scanner/model/bytes.h"
#include "scanner/model/digest.h"
#include "scanner/signature/address_codes.h"
#include "tools/trafficgen/wallets.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <vector>

namespace scanner::trafficgen {
namespace {

using Symbols = std::vector<std::uint8_t>;  // five bits each
constexpr std::string_view kSymbols = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

std::string bytes_of(const std::vector<std::uint8_t>& bytes) { return std::string(as_text(Bytes(bytes))); }
std::string cut(const Sha256& digest, std::size_t size) { return std::string(as_text(digest).substr(0, size)); }

// Leading symbols that say the version stay; the last one's padding stays zero.
void redraw(Symbols& symbols, std::size_t kept, Random& random) {
  for (std::size_t i = kept; i < symbols.size(); ++i) symbols[i] = static_cast<std::uint8_t>(random.below(32));
}

void clear_padding(Symbols& symbols, std::size_t version_symbols) {
  const std::size_t padding = (symbols.size() - version_symbols) * 5 % 8;
  if (!symbols.empty()) symbols.back() = static_cast<std::uint8_t>(symbols.back() >> padding << padding);
}

std::string text_of(const Symbols& symbols) {
  std::string out;
  for (const std::uint8_t symbol : symbols) out += kSymbols[symbol];
  return out;
}

std::optional<std::string> base58check_like(std::string_view address, Random& random) {
  const auto payload = base58check_decode(address);
  if (!payload || payload->size() < 21 || payload->size() > 22) return std::nullopt;
  const std::string version = bytes_of({payload->begin(), payload->end() - 20});
  // Another number may need a digit less.
  for (int tries = 0; tries < 10'000; ++tries) {
    std::string made = version + random.bytes(20);
    made += cut(sha256(sha256(as_bytes(made))), 4);
    std::string leading;
    for (std::size_t i = 0; i < made.size() && made[i] == '\0'; ++i) leading += '1';
    std::string text = leading + base58(made, 0);
    if (text.size() == address.size() && text != address) return text;
  }
  return std::nullopt;
}

std::optional<std::string> cryptonote_like(std::string_view address, Random& random) {
  const auto payload = cryptonote_base58_decode(address);
  if (!payload || payload->size() < 65) return std::nullopt;
  std::size_t version = 1;
  while (version < payload->size() && ((*payload)[version - 1] & 0x80) != 0) ++version;
  std::string made = bytes_of({payload->begin(), payload->begin() + static_cast<std::ptrdiff_t>(version)}) + random.bytes(payload->size() - version);
  made += cut(keccak256(as_bytes(made)), 4);
  constexpr std::array<std::size_t, 9> kDigits{0, 2, 3, 5, 6, 7, 9, 10, 11};  // of a block of so many bytes
  std::string out;
  for (std::size_t at = 0; at < made.size(); at += 8) {
    const std::string block = made.substr(at, 8);
    out += base58(block, kDigits[block.size()]);
  }
  return out.size() == address.size() ? std::optional(out) : std::nullopt;
}

std::optional<std::string> bech32_like(std::string_view address, Random& random) {
  auto decoded = bech32_decode(address);
  if (!decoded || decoded->symbols.size() < 2) return std::nullopt;
  std::string prefix(decoded->prefix_as_written);
  const bool upper = std::any_of(prefix.begin(), prefix.end(), [](unsigned char c) { return std::isupper(c) != 0; });
  std::transform(prefix.begin(), prefix.end(), prefix.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::size_t version = prefix == "zs" ? 0 : 1;  // Sapling has none
  redraw(decoded->symbols, version, random);
  clear_padding(decoded->symbols, version);
  std::uint32_t checksum = 1;
  const auto feed = [&](std::uint32_t value) {
    constexpr std::array<std::uint32_t, 5> kGenerator{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    const std::uint32_t top = checksum >> 25;
    checksum = (checksum & 0x1ffffff) << 5 ^ value;
    for (std::size_t i = 0; i < kGenerator.size(); ++i)
      if ((top >> i & 1) != 0) checksum ^= kGenerator[i];
  };
  for (const char c : prefix) feed(static_cast<std::uint32_t>(c) >> 5);
  feed(0);
  for (const char c : prefix) feed(static_cast<std::uint32_t>(c) & 31);
  for (const std::uint8_t symbol : decoded->symbols) feed(symbol);
  for (int i = 0; i < 6; ++i) feed(0);
  checksum ^= decoded->kind == Bech32Kind::Bech32m ? 0x2bc830a3 : 1;
  Symbols all = decoded->symbols;
  for (int shift = 25; shift >= 0; shift -= 5) all.push_back(checksum >> shift & 31);
  std::string out = prefix + "1" + text_of(all);
  if (upper) std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

std::optional<std::string> cashaddr_like(std::string_view address, Random& random) {
  const std::size_t colon = address.find(':');
  const std::string_view prefix = colon == std::string_view::npos ? std::string_view("bitcoincash") : address.substr(0, colon);
  const std::string_view payload = colon == std::string_view::npos ? address : address.substr(colon + 1);
  auto symbols = cashaddr_decode(prefix, payload);
  if (!symbols || symbols->size() < 3) return std::nullopt;
  const std::uint8_t second = (*symbols)[1];
  redraw(*symbols, 1, random);
  // The version is a byte: the first symbol and three bits of the second.
  (*symbols)[1] = static_cast<std::uint8_t>((second & 0x1c) | ((*symbols)[1] & 3));
  clear_padding(*symbols, 0);
  std::uint64_t checksum = 1;
  const auto feed = [&](std::uint64_t value) {
    constexpr std::array<std::uint64_t, 5> kGenerator{0x98f2bc8e61, 0x79b76d99e2, 0xf33e5fb3c4, 0xae2eabe2a8, 0x1e4f43e470};
    const std::uint64_t top = checksum >> 35;
    checksum = (checksum & 0x07ffffffff) << 5 ^ value;
    for (std::size_t i = 0; i < kGenerator.size(); ++i)
      if ((top >> i & 1) != 0) checksum ^= kGenerator[i];
  };
  for (const char c : prefix) feed(static_cast<std::uint64_t>(c) & 31);
  feed(0);
  for (const std::uint8_t symbol : *symbols) feed(symbol);
  for (int i = 0; i < 8; ++i) feed(0);
  checksum ^= 1;
  Symbols all = *symbols;
  for (int shift = 35; shift >= 0; shift -= 5) all.push_back(static_cast<std::uint8_t>(checksum >> shift & 31));
  return std::string(address.substr(0, colon == std::string_view::npos ? 0 : colon + 1)) + text_of(all);
}

std::optional<std::string> evm_like(std::string_view address, Random& random) {
  if (address.size() != 42 || !address.starts_with("0x")) return std::nullopt;
  const std::string_view digits = address.substr(2);
  const auto is = [&](int (*kind)(int)) { return std::any_of(digits.begin(), digits.end(), [kind](unsigned char c) { return kind(c) != 0; }); };
  if (!std::all_of(digits.begin(), digits.end(), [](unsigned char c) { return std::isxdigit(c) != 0; })) return std::nullopt;
  std::string made = random.hex(40);
  if (is(std::islower) && is(std::isupper)) {
    const Sha256 digest = keccak256(as_bytes(made));
    for (std::size_t i = 0; i < made.size(); ++i)
      if ((digest[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15) >= 8 && made[i] >= 'a') made[i] = static_cast<char>(made[i] - 32);
  } else if (is(std::isupper)) {
    std::transform(made.begin(), made.end(), made.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  }
  return "0x" + made;
}

}  // namespace

std::optional<std::string> make_up_like(std::string_view address, Random& random) {
  if (auto made = evm_like(address, random)) return made;
  if (auto made = base58check_like(address, random)) return made;
  if (auto made = bech32_like(address, random)) return made;
  if (auto made = cashaddr_like(address, random)) return made;
  return cryptonote_like(address, random);
}

}  // namespace scanner::trafficgen

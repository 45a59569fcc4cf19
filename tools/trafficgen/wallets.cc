#include "tools/trafficgen/wallets.h"

#include "scanner/model/bytes.h"
#include "scanner/model/digest.h"

#include <array>
#include <vector>

namespace scanner::trafficgen {
namespace {

constexpr std::string_view kAlphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

std::string text_of(const Sha256& digest, std::size_t size) { return std::string(as_text(digest).substr(0, size)); }

std::string base58check(std::string payload) {
  const Sha256 once = sha256(as_bytes(payload));
  payload += text_of(sha256(once), 4);
  std::string leading;
  for (const char c : payload) {
    if (c != '\0') break;
    leading += '1';
  }
  return leading + base58(payload, 0);
}

// Monero cuts the 69 bytes into blocks of eight, eleven digits each, and one of five, seven digits.
std::string monero(Random& random) {
  std::string payload = "\x12" + random.bytes(64);
  payload += text_of(keccak256(as_bytes(payload)), 4);
  std::string out;
  for (std::size_t at = 0; at < payload.size(); at += 8) {
    const std::string block = payload.substr(at, 8);
    out += base58(block, block.size() == 8 ? 11 : 7);
  }
  return out;
}

// BIP 173: version 0 with a 20-byte programme, which is 32 groups of five bits.
std::string segwit(const std::string& prefix, Random& random) {
  std::vector<std::uint32_t> groups(33);
  for (std::size_t i = 1; i < groups.size(); ++i) groups[i] = static_cast<std::uint32_t>(random.below(32));
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
  for (const std::uint32_t group : groups) feed(group);
  for (int i = 0; i < 6; ++i) feed(0);
  checksum ^= 1;
  for (int shift = 25; shift >= 0; shift -= 5) groups.push_back(checksum >> shift & 31);
  std::string out = prefix + "1";
  for (const std::uint32_t group : groups) out += "qpzry9x8gf2tvdw0s3jn54khce6mua7l"[group];
  return out;
}

// A public key of 32 bytes behind a version byte of 0, with CashAddr's checksum.
std::string kaspa(Random& random) {
  constexpr std::string_view kPrefix = "kaspa";
  std::vector<std::uint64_t> groups(53);
  for (std::size_t i = 1; i < groups.size(); ++i) groups[i] = random.below(i == 1 ? 4 : 32);
  groups.back() &= 0x1e;  // 264 bits in 53 groups of five: the last bit pads
  std::uint64_t checksum = 1;
  const auto feed = [&](std::uint64_t value) {
    constexpr std::array<std::uint64_t, 5> kGenerator{0x98f2bc8e61, 0x79b76d99e2, 0xf33e5fb3c4, 0xae2eabe2a8,
                                                      0x1e4f43e470};
    const std::uint64_t top = checksum >> 35;
    checksum = (checksum & 0x07ffffffff) << 5 ^ value;
    for (std::size_t i = 0; i < kGenerator.size(); ++i)
      if ((top >> i & 1) != 0) checksum ^= kGenerator[i];
  };
  for (const char c : kPrefix) feed(static_cast<std::uint64_t>(c) & 31);
  feed(0);
  for (const std::uint64_t group : groups) feed(group);
  for (int i = 0; i < 8; ++i) feed(0);
  checksum ^= 1;
  for (int shift = 35; shift >= 0; shift -= 5) groups.push_back(checksum >> shift & 31);
  std::string out = std::string(kPrefix) + ":";
  for (const std::uint64_t group : groups) out += "qpzry9x8gf2tvdw0s3jn54khce6mua7l"[group];
  return out;
}

std::string ethereum(Random& random) {
  std::string address = random.hex(40);
  const Sha256 digest = keccak256(as_bytes(address));
  for (std::size_t i = 0; i < address.size(); ++i) {
    const int nibble = digest[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15;
    if (nibble >= 8 && address[i] >= 'a') address[i] = static_cast<char>(address[i] - 32);
  }
  return "0x" + address;
}

}  // namespace

std::string base58(std::string_view bytes, std::size_t digits) {
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
  for (auto digit = number.rbegin(); digit != number.rend(); ++digit) out += kAlphabet[*digit];
  return out;
}

std::optional<std::string> make_up_wallet(std::string_view coin, Random& random) {
  if (coin == "bitcoin") return segwit("bc", random);
  if (coin == "bitcoin-legacy") return base58check(std::string(1, '\0') + random.bytes(20));
  if (coin == "litecoin") return base58check("\x30" + random.bytes(20));
  if (coin == "zcash") return base58check("\x1c\xb8" + random.bytes(20));
  if (coin == "monero") return monero(random);
  if (coin == "kaspa") return kaspa(random);
  if (coin == "ethereum") return ethereum(random);
  return std::nullopt;
}

std::optional<std::string> wallet_from(std::string_view text, Random& random) {
  constexpr std::string_view kMadeUp = "made-up ", kBroken = " broken";
  if (!text.starts_with(kMadeUp)) return std::string(text);
  text.remove_prefix(kMadeUp.size());
  const bool broken = text.ends_with(kBroken);
  if (broken) text.remove_suffix(kBroken.size());
  auto wallet = make_up_wallet(text, random);
  // A letter in the middle for another of the same alphabet: upper for lower case or 2 for 3.
  if (wallet && broken) {
    char& c = (*wallet)[wallet->size() / 2];
    c = c == '2' ? '3' : '2';
  }
  return wallet;
}

}  // namespace scanner::trafficgen

#include "tools/trafficgen/wallets.h"

#include "tools/trafficgen/address_text.h"

#include <cstdint>
#include <vector>

namespace scanner::trafficgen {
namespace {

// BIP 173: version 0 with a 20-byte programme, which is 32 groups of five bits.
std::string segwit(const std::string& prefix, Random& random) {
  std::vector<std::uint8_t> groups(33);
  for (std::size_t i = 1; i < groups.size(); ++i) groups[i] = static_cast<std::uint8_t>(random.below(32));
  return bech32_text(prefix, groups, Bech32Kind::Bech32);
}

// A public key of 32 bytes behind a version byte of 0.
std::string kaspa(Random& random) {
  std::vector<std::uint8_t> groups(53);
  for (std::size_t i = 1; i < groups.size(); ++i) groups[i] = static_cast<std::uint8_t>(random.below(i == 1 ? 4 : 32));
  groups.back() &= 0x1e;  // 264 bits in 53 groups of five: the last bit pads
  return "kaspa:" + cashaddr_text("kaspa", groups);
}

}  // namespace

std::optional<std::string> make_up_wallet(std::string_view coin, Random& random) {
  if (coin == "bitcoin") return segwit("bc", random);
  if (coin == "bitcoin-legacy") return base58check_text(std::string(1, '\0') + random.bytes(20));
  if (coin == "litecoin") return base58check_text("\x30" + random.bytes(20));
  if (coin == "zcash") return base58check_text("\x1c\xb8" + random.bytes(20));
  if (coin == "monero") return cryptonote_text("\x12" + random.bytes(64));
  if (coin == "kaspa") return kaspa(random);
  if (coin == "ethereum") return "0x" + eip55_text(random.hex(40));
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

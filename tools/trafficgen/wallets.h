// Wallet addresses that nobody owns: random keys, right checksums.
#pragma once

#include "tools/trafficgen/random.h"

#include <optional>
#include <string>
#include <string_view>

namespace scanner::trafficgen {

// "bitcoin" (bech32), "bitcoin-legacy" (base58check), "monero", "ethereum" (EIP-55),
// "zcash" (t-address), "litecoin", "kaspa". Nothing for any other coin.
std::optional<std::string> make_up_wallet(std::string_view coin, Random& random);

// With " broken" behind the coin: the same with a wrong checksum.
std::optional<std::string> wallet_from(std::string_view text, Random& random);

}  // namespace scanner::trafficgen

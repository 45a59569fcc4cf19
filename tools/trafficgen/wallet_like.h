// A wallet address that nobody owns, of the same kind and length as a given one.
#pragma once

#include "tools/trafficgen/random.h"

#include <optional>
#include <string>
#include <string_view>

namespace scanner::trafficgen {

// `address` as find_wallets() finds it: base58check, CryptoNote, bech32 and bech32m, CashAddr and
// Kaspa, EVM accounts. The version, the prefix and the case stay, the checksum is right where it
// was. Nothing for anything else.
std::optional<std::string> make_up_like(std::string_view address, Random& random);

}  // namespace scanner::trafficgen

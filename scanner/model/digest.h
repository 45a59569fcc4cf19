// Hashes, by the library that the distribution keeps (Crypto++). Pure functions.
#pragma once

#include "scanner/model/bytes.h"

#include <array>
#include <cstdint>
#include <string>

namespace scanner {

using Sha256 = std::array<std::uint8_t, 32>;

std::array<std::uint8_t, 20> sha1(Bytes bytes);  // Community ID, and a coin's shares
Sha256 sha256(Bytes bytes);
Sha256 hmac_sha256(Bytes key, Bytes bytes);
// The original Keccak-256 (padding 0x01) of Monero and Ethereum, not NIST's SHA3-256.
Sha256 keccak256(Bytes bytes);

std::string to_hex(Bytes bytes);
std::string to_base64(Bytes bytes);

}  // namespace scanner

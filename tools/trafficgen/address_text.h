// Bytes and symbols as the texts that coins write addresses in, with their checksums: the other way
// round than signature/address_codes.h, and by itself, so that each is held against the other.
#pragma once

#include "scanner/signature/address_codes.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace scanner::trafficgen {

// Big-endian bytes as digits of Bitcoin's base 58, at least `digits` of them.
std::string base58_text(std::string_view bytes, std::size_t digits);
// With four bytes of double SHA-256; leading zero bytes as leading '1'.
std::string base58check_text(std::string payload);
// Monero's: with four bytes of Keccak-256, in blocks of eight bytes.
std::string cryptonote_text(std::string payload);

// `symbols` of five bits each. Lower case; BIP 173 and 350.
std::string bech32_text(std::string_view prefix, std::span<const std::uint8_t> symbols, Bech32Kind kind);
// What stands behind "PREFIX:", in CashAddr and Kaspa.
std::string cashaddr_text(std::string_view prefix, std::span<const std::uint8_t> symbols);

// 40 lower-case hexadecimal digits in the case of EIP-55.
std::string eip55_text(std::string hex40);

}  // namespace scanner::trafficgen

// The alphabets that coins write addresses in. Pure functions of bounded cost: every input
// longer than an address of its kind can be is refused unread.
#pragma once

#include "scanner/model/bytes.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace scanner {

// Bitcoin's base58: one big number, leading zero bytes as leading '1'. At most 60 characters.
std::optional<std::vector<std::uint8_t>> base58_decode(std::string_view text);
// The payload without its four bytes of checksum (double SHA-256), or nothing where it differs.
std::optional<std::vector<std::uint8_t>> base58check_decode(std::string_view text);

// Monero's base58: blocks of 8 bytes in 11 characters (src/common/base58.cpp). At most 128
// characters. The payload without its four bytes of checksum (Keccak-256), or nothing.
std::optional<std::vector<std::uint8_t>> cryptonote_base58_decode(std::string_view text);

enum class Bech32Kind : std::uint8_t { Bech32, Bech32m };  // BIP 173, BIP 350
struct Bech32 {
  std::string_view prefix_as_written;  // the human-readable part, in the case of the text
  Bech32Kind kind = Bech32Kind::Bech32;
  std::vector<std::uint8_t> symbols;  // five bits each, without the checksum
};
std::optional<Bech32> bech32_decode(std::string_view text);  // at most 90 characters

// CashAddr's 40-bit checksum, which Kaspa uses too. `payload` is what stands behind the
// colon; the symbols come back without their eight of checksum. At most 112 characters.
std::optional<std::vector<std::uint8_t>> cashaddr_decode(std::string_view prefix, std::string_view payload);

// Groups of five bits as bytes; nothing where the padding is not as it must be (BIP 173).
std::optional<std::vector<std::uint8_t>> bytes_of_symbols(std::span<const std::uint8_t> symbols);

// EIP-55: does the case of these 40 hex digits spell their checksum?
bool has_eip55_case(std::string_view hex40);

}  // namespace scanner

// Evidence for named eyes only: files that nobody but their recipients can read.
//
// The format is in scanner/docs/evidence.md: a random key, sealed for each recipient
// (libsodium's crypto_box_seal, X25519), and the content as a secretstream
// (XChaCha20-Poly1305) whose first chunk authenticates the header.
#pragma once

#include "scanner/model/bytes.h"
#include "scanner/model/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

using RecipientKey = std::array<std::uint8_t, 32>;  // an X25519 public key

inline constexpr std::size_t kMaxRecipients = 64;

// 64 hexadecimal digits, or base64 with or without padding. Nothing else.
std::optional<RecipientKey> parse_recipient(std::string_view text);
std::string to_text(const RecipientKey& key);  // hexadecimal

// Both halves of a recipient's key.
struct Identity {
  RecipientKey public_key{};
  std::array<std::uint8_t, 32> secret{};
};
// From the secret half in a file of its owner alone: 32 bytes, or 64 hexadecimal digits.
Result<Identity> load_identity(const std::string& path);

// What a sealed file of that content is. An Error: no recipient, more than kMaxRecipients, a
// key that is no point of the curve, or a system without randomness.
Result<std::vector<std::uint8_t>> seal(Bytes plain, std::span<const RecipientKey> recipients);

// The content, for the recipient who has both halves of the key. An Error: no sealed file,
// not sealed for this key, or not what was sealed. Never gives a part of it.
Result<std::vector<std::uint8_t>> open_sealed(Bytes sealed, const RecipientKey& public_key,
                                              const std::array<std::uint8_t, 32>& secret_key);

}  // namespace scanner

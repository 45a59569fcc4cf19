// The key that the outbox signs with (Ed25519), and the checking of what it signed.
#pragma once

#include "scanner/model/bytes.h"
#include "scanner/model/result.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace scanner {

using PublicKey = std::array<std::uint8_t, 32>;

// 64 hexadecimal digits. Nothing else.
std::optional<PublicKey> parse_public_key(std::string_view text);

// A secret that is in memory for as long as this lives. Signing is const and any thread's.
class SigningKey {
 public:
  // From 32 secret bytes (RFC 8032's seed). An Error where they are not 32.
  static Result<SigningKey> from_seed(Bytes seed);
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;
  SigningKey(SigningKey&& other) noexcept;
  SigningKey& operator=(SigningKey&&) = delete;
  ~SigningKey();

  // base64 of the 64 bytes. The same text gives the same signature.
  std::string sign(std::string_view text) const;
  std::string public_text() const;  // hexadecimal

 private:
  SigningKey() = default;
  std::array<std::uint8_t, 64> secret_{};
  PublicKey public_{};
};

bool is_signed(std::string_view text, std::string_view base64_signature, const PublicKey& key);

// A small secret in a file: opened once and then looked at, so that the file that is checked
// is the one that is read. An Error: no regular file, more than its owner may use it, or not
// from `min` to `max` bytes. `what` names it in messages ("a hash key").
Result<std::string> read_secret_file(const std::string& path, const std::string& what, std::size_t min, std::size_t max);

}  // namespace scanner

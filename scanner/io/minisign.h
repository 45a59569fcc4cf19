// Signatures in the format of minisign, so that whoever has that program can check a pack by
// hand: Ed25519 over the file's BLAKE2b-512 ("ED") or, of older signatures, over the file itself
// ("Ed"); the trusted comment is signed as well, the untrusted one is nobody's word.
#pragma once

#include "scanner/io/signing_key.h"
#include "scanner/model/bytes.h"
#include "scanner/model/result.h"

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace scanner {

using MinisignKeyId = std::array<std::uint8_t, 8>;

struct MinisignPublicKey {
  MinisignKeyId id{};
  PublicKey key{};
  friend bool operator==(const MinisignPublicKey&, const MinisignPublicKey&) = default;
};

// A public key file, or its second line alone ("RW…", 56 characters).
Result<MinisignPublicKey> parse_minisign_public_key(std::string_view text);
std::string to_base64_line(const MinisignPublicKey& key);   // "RW…"
std::string to_key_file(const MinisignPublicKey& key);      // both lines
std::string to_text(const MinisignKeyId& id);               // 16 upper-case digits, as minisign shows it

// What a good signature says.
struct MinisignProof {
  MinisignKeyId key{};
  std::string trusted_comment;
};

// An Error says what is wrong with it: no signature at all, by nobody who is trusted, or not of
// this content.
Result<MinisignProof> check_minisign(Bytes content, std::string_view signature_file, std::span<const MinisignPublicKey> trusted);

// A secret that is in memory for as long as this lives.
class MinisignSecretKey {
 public:
  // Asked once, and only for a key that is encrypted.
  using Passphrase = std::function<Result<std::string>()>;

  static Result<MinisignSecretKey> generate();
  // A secret key file: unencrypted, or encrypted as minisign does (scrypt; minisign's own settings
  // take a gibibyte of memory and a second or two).
  static Result<MinisignSecretKey> parse(std::string_view text, const Passphrase& passphrase);
  MinisignSecretKey(const MinisignSecretKey&) = delete;
  MinisignSecretKey& operator=(const MinisignSecretKey&) = delete;
  MinisignSecretKey(MinisignSecretKey&& other) noexcept;
  MinisignSecretKey& operator=(MinisignSecretKey&&) = delete;
  ~MinisignSecretKey();

  MinisignPublicKey public_key() const;
  // The signature file ("ED"). A trusted comment is one line.
  Result<std::string> sign(Bytes content, std::string_view trusted_comment) const;
  // The secret key file. `passphrase` "": not encrypted. An Error: there is no memory for scrypt.
  Result<std::string> to_file(std::string_view passphrase) const;

 private:
  MinisignSecretKey() = default;
  static constexpr std::size_t kSecret = 64;
  MinisignKeyId id_{};
  std::array<std::uint8_t, kSecret> secret_{};
};

}  // namespace scanner

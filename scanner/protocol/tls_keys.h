// Opens the records of one direction of a TLS session whose secrets are known: the AEAD
// suites of TLS 1.2 (RFC 5246, 5288, 5289, 7905) and TLS 1.3 (RFC 8446 sections 5.2, 7.1-7.3),
// but for CCM.
//
// Pure functions of their arguments; the OpenSSL library does the arithmetic. One thread at a
// time per object.
#pragma once

#include "scanner/model/bytes.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace scanner::tls {

enum class Aead : std::uint8_t { Aes128Gcm, Aes256Gcm, ChaCha20Poly1305 };
enum class Hash : std::uint8_t { Sha256, Sha384 };

struct Suite {
  std::uint16_t id = 0;
  bool tls13 = false;
  Aead aead = Aead::Aes128Gcm;
  Hash hash = Hash::Sha256;

  std::size_t key_size() const { return aead == Aead::Aes128Gcm ? 16 : 32; }
  std::size_t hash_size() const { return hash == Hash::Sha256 ? 32 : 48; }
};

// Null: not one that can be opened.
const Suite* find_suite(std::uint16_t id);

class RecordKeys {
 public:
  // TLS 1.3: of a handshake or application traffic secret. Nothing where its size is not
  // that of the suite's hash.
  static std::optional<RecordKeys> of_traffic_secret(const Suite& suite, Bytes secret);
  // TLS 1.2: of the master secret, for what the client or the server sends.
  static std::optional<RecordKeys> of_master_secret(const Suite& suite, Bytes master, Bytes client_random, Bytes server_random,
                                                    bool client);

  RecordKeys(RecordKeys&&) noexcept;
  RecordKeys& operator=(RecordKeys&&) noexcept;
  ~RecordKeys();

  // `header`: the record's five octets; `body`: all that follows them. The content is written
  // to `content`, padding and all; of TLS 1.3 its last octet that is not zero is its type.
  // False: this is not record number `sequence` under these keys.
  bool unseal(Bytes header, Bytes body, std::uint64_t sequence, std::vector<std::uint8_t>& content) const;

 private:
  struct Context;
  RecordKeys(const Suite& suite, Bytes key, Bytes salt);

  Suite suite_;
  std::unique_ptr<Context> context_;
};

// The secret that follows `secret` after a KeyUpdate (RFC 8446 section 7.2); empty: no such suite.
std::vector<std::uint8_t> next_traffic_secret(const Suite& suite, Bytes secret);

}  // namespace scanner::tls

#include "scanner/protocol/tls_keys.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace scanner::tls {
namespace {

constexpr std::size_t kIv = 12, kTag = 16;
constexpr std::size_t kGcmSalt = 4, kGcmExplicit = 8;  // TLS 1.2 (RFC 5288 section 3)

constexpr Suite kSuites[] = {
    {0x1301, true, Aead::Aes128Gcm, Hash::Sha256},
    {0x1302, true, Aead::Aes256Gcm, Hash::Sha384},
    {0x1303, true, Aead::ChaCha20Poly1305, Hash::Sha256},
    // RSA, DHE_RSA, DHE_DSS, ECDHE_ECDSA, ECDH_ECDSA, ECDHE_RSA, ECDH_RSA
    {0x009c, false, Aead::Aes128Gcm, Hash::Sha256},
    {0x009d, false, Aead::Aes256Gcm, Hash::Sha384},
    {0x009e, false, Aead::Aes128Gcm, Hash::Sha256},
    {0x009f, false, Aead::Aes256Gcm, Hash::Sha384},
    {0x00a2, false, Aead::Aes128Gcm, Hash::Sha256},
    {0x00a3, false, Aead::Aes256Gcm, Hash::Sha384},
    {0xc02b, false, Aead::Aes128Gcm, Hash::Sha256},
    {0xc02c, false, Aead::Aes256Gcm, Hash::Sha384},
    {0xc02d, false, Aead::Aes128Gcm, Hash::Sha256},
    {0xc02e, false, Aead::Aes256Gcm, Hash::Sha384},
    {0xc02f, false, Aead::Aes128Gcm, Hash::Sha256},
    {0xc030, false, Aead::Aes256Gcm, Hash::Sha384},
    {0xc031, false, Aead::Aes128Gcm, Hash::Sha256},
    {0xc032, false, Aead::Aes256Gcm, Hash::Sha384},
    {0xcca8, false, Aead::ChaCha20Poly1305, Hash::Sha256},
    {0xcca9, false, Aead::ChaCha20Poly1305, Hash::Sha256},
    {0xccaa, false, Aead::ChaCha20Poly1305, Hash::Sha256},
};

// The library would read its configuration file on first use otherwise; the core does no I/O.
void begin_use() { OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr); }

const char* hash_name(Hash hash) { return hash == Hash::Sha256 ? "SHA256" : "SHA384"; }

const EVP_CIPHER* cipher_of(Aead aead) {
  switch (aead) {
    case Aead::Aes128Gcm:
      return EVP_aes_128_gcm();
    case Aead::Aes256Gcm:
      return EVP_aes_256_gcm();
    case Aead::ChaCha20Poly1305:
      return EVP_chacha20_poly1305();
  }
  return nullptr;
}

OSSL_PARAM octets_param(const char* name, Bytes value) {
  // The library takes a pointer to what it only reads.
  return OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(value.data()), value.size());
}

OSSL_PARAM text_param(const char* name, const char* value) {
  return OSSL_PARAM_construct_utf8_string(name, const_cast<char*>(value), 0);
}

bool derive(const char* function, const OSSL_PARAM* params, std::span<std::uint8_t> out) {
  begin_use();
  const std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> kdf(EVP_KDF_fetch(nullptr, function, nullptr), EVP_KDF_free);
  if (!kdf) return false;
  const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context(EVP_KDF_CTX_new(kdf.get()), EVP_KDF_CTX_free);
  return context && EVP_KDF_derive(context.get(), out.data(), out.size(), params) == 1;
}

// HKDF-Expand-Label with an empty context (RFC 8446 section 7.1).
bool expand_label(const Suite& suite, Bytes secret, std::string_view label, std::span<std::uint8_t> out) {
  std::string info{'\0', static_cast<char>(out.size()), static_cast<char>(6 + label.size())};
  info += "tls13 ";
  info += label;
  info += '\0';
  int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode), text_param(OSSL_KDF_PARAM_DIGEST, hash_name(suite.hash)),
                               octets_param(OSSL_KDF_PARAM_KEY, secret), octets_param(OSSL_KDF_PARAM_INFO, as_bytes(info)),
                               OSSL_PARAM_construct_end()};
  return derive("HKDF", params, out);
}

// The key block of RFC 5246 section 6.3.
bool expand_master(const Suite& suite, Bytes master, Bytes client_random, Bytes server_random, std::span<std::uint8_t> out) {
  std::string seed = "key expansion";
  seed += as_text(server_random);
  seed += as_text(client_random);
  const OSSL_PARAM params[] = {text_param(OSSL_KDF_PARAM_DIGEST, hash_name(suite.hash)), octets_param(OSSL_KDF_PARAM_SECRET, master),
                               octets_param(OSSL_KDF_PARAM_SEED, as_bytes(seed)), OSSL_PARAM_construct_end()};
  return derive("TLS1-PRF", params, out);
}

void put_be64(std::uint64_t value, std::span<std::uint8_t> out) {
  for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
}

}  // namespace

const Suite* find_suite(std::uint16_t id) {
  const auto* found = std::find_if(std::begin(kSuites), std::end(kSuites), [&](const Suite& suite) { return suite.id == id; });
  return found == std::end(kSuites) ? nullptr : found;
}

struct RecordKeys::Context {
  std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> cipher{EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free};
  std::array<std::uint8_t, kIv> iv{};  // TLS 1.2 with GCM: the first four octets of every nonce
  bool ready = false;
};

RecordKeys::RecordKeys(const Suite& suite, Bytes key, Bytes salt) : suite_(suite), context_(std::make_unique<Context>()) {
  std::copy(salt.begin(), salt.end(), context_->iv.begin());
  context_->ready =
      context_->cipher && EVP_DecryptInit_ex(context_->cipher.get(), cipher_of(suite.aead), nullptr, key.data(), nullptr) == 1;
}

RecordKeys::RecordKeys(RecordKeys&&) noexcept = default;
RecordKeys& RecordKeys::operator=(RecordKeys&&) noexcept = default;
RecordKeys::~RecordKeys() = default;

std::optional<RecordKeys> RecordKeys::of_traffic_secret(const Suite& suite, Bytes secret) {
  std::array<std::uint8_t, 32> key;
  std::array<std::uint8_t, kIv> iv;
  const auto key_part = std::span(key).first(suite.key_size());
  if (!suite.tls13 || secret.size() != suite.hash_size()) return std::nullopt;
  if (!expand_label(suite, secret, "key", key_part) || !expand_label(suite, secret, "iv", iv)) return std::nullopt;
  RecordKeys keys(suite, key_part, iv);
  OPENSSL_cleanse(key.data(), key.size());
  return keys;
}

std::optional<RecordKeys> RecordKeys::of_master_secret(const Suite& suite, Bytes master, Bytes client_random, Bytes server_random,
                                                       bool client) {
  if (suite.tls13 || master.size() != 48) return std::nullopt;
  const std::size_t salt = suite.aead == Aead::ChaCha20Poly1305 ? kIv : kGcmSalt;
  std::array<std::uint8_t, 2 * (32 + kIv)> block;
  const auto all = std::span(block).first(2 * (suite.key_size() + salt));
  if (!expand_master(suite, master, client_random, server_random, all)) return std::nullopt;
  const std::size_t side = client ? 0 : 1;
  RecordKeys keys(suite, all.subspan(side * suite.key_size(), suite.key_size()),
                  all.subspan(2 * suite.key_size() + side * salt, salt));
  OPENSSL_cleanse(block.data(), block.size());
  return keys;
}

bool RecordKeys::unseal(Bytes header, Bytes body, std::uint64_t sequence, std::vector<std::uint8_t>& content) const {
  const bool explicit_nonce = !suite_.tls13 && suite_.aead != Aead::ChaCha20Poly1305;
  const std::size_t before = explicit_nonce ? kGcmExplicit : 0;
  if (!context_->ready || header.size() != 5 || body.size() < before + kTag) return false;
  const Bytes sealed = body.subspan(before, body.size() - before - kTag);
  std::array<std::uint8_t, kTag> tag;
  std::copy_n(body.end() - kTag, kTag, tag.begin());

  std::array<std::uint8_t, kIv> nonce = context_->iv;
  std::array<std::uint8_t, 8> number;
  put_be64(sequence, number);
  if (explicit_nonce)
    std::copy_n(body.begin(), kGcmExplicit, nonce.begin() + kGcmSalt);
  else
    for (std::size_t i = 0; i < number.size(); ++i) nonce[kIv - 8 + i] ^= number[i];

  // TLS 1.3 authenticates the header as it is; 1.2 the number, type, version and plain length.
  std::array<std::uint8_t, 13> extra;
  std::size_t extra_size = 5;
  if (suite_.tls13) {
    std::copy(header.begin(), header.end(), extra.begin());
  } else {
    std::copy(number.begin(), number.end(), extra.begin());
    std::copy_n(header.begin(), 3, extra.begin() + 8);
    extra[11] = static_cast<std::uint8_t>(sealed.size() >> 8);
    extra[12] = static_cast<std::uint8_t>(sealed.size());
    extra_size = extra.size();
  }

  EVP_CIPHER_CTX* cipher = context_->cipher.get();
  content.resize(sealed.size() + 1);  // never empty: the library wants a place to write to
  int written = 0, last = 0;
  const bool opened = EVP_DecryptInit_ex(cipher, nullptr, nullptr, nullptr, nonce.data()) == 1 &&
                      EVP_DecryptUpdate(cipher, nullptr, &written, extra.data(), static_cast<int>(extra_size)) == 1 &&
                      EVP_DecryptUpdate(cipher, content.data(), &written, sealed.data(), static_cast<int>(sealed.size())) == 1 &&
                      EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, kTag, tag.data()) == 1 &&
                      EVP_DecryptFinal_ex(cipher, content.data() + written, &last) == 1;
  content.resize(opened ? sealed.size() : 0);
  return opened;
}

std::vector<std::uint8_t> next_traffic_secret(const Suite& suite, Bytes secret) {
  std::vector<std::uint8_t> next(suite.hash_size());
  if (!suite.tls13 || !expand_label(suite, secret, "traffic upd", next)) next.clear();
  return next;
}

}  // namespace scanner::tls

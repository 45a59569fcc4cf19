#include "scanner/io/minisign.h"

#include "scanner/model/digest.h"

#include <algorithm>
#include <cstring>
#include <sodium.h>
#include <vector>

namespace scanner {
namespace {

// The layouts of minisign's files, after base64.
constexpr std::size_t kAlgorithm = 2, kId = 8, kChecksum = 32, kSalt = crypto_pwhash_scryptsalsa208sha256_SALTBYTES;
constexpr std::size_t kPublicFile = kAlgorithm + kId + crypto_sign_PUBLICKEYBYTES;
constexpr std::size_t kSignature = kAlgorithm + kId + crypto_sign_BYTES;
constexpr std::size_t kHidden = kId + crypto_sign_SECRETKEYBYTES + kChecksum;  // what a passphrase hides
constexpr std::size_t kSecretFile = 3 * kAlgorithm + kSalt + 8 + 8 + kHidden;
constexpr std::string_view kUntrusted = "untrusted comment: ", kTrusted = "trusted comment: ";
constexpr std::size_t kMaxComment = 8192;
static_assert(kSalt == 32 && kSecretFile == 158);

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// Exactly `size` bytes of strict base64, or nothing.
std::vector<std::uint8_t> decoded(std::string_view text, std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  std::size_t got = 0;
  const char* end = nullptr;
  const bool good = sodium_base642bin(bytes.data(), size, text.data(), text.size(), nullptr, &got, &end, sodium_base64_VARIANT_ORIGINAL) == 0;
  if (!good || got != size || end != text.data() + text.size()) bytes.clear();
  return bytes;
}

std::array<std::uint8_t, 64> blake2b(Bytes content) {
  std::array<std::uint8_t, 64> hash;
  crypto_generichash(hash.data(), hash.size(), content.data(), content.size(), nullptr, 0);
  return hash;
}

std::array<std::uint8_t, kChecksum> checksum(const std::uint8_t* id, const std::uint8_t* secret) {
  crypto_generichash_state state;
  std::array<std::uint8_t, kChecksum> sum;
  crypto_generichash_init(&state, nullptr, 0, sum.size());
  crypto_generichash_update(&state, as_bytes("Ed").data(), kAlgorithm);
  crypto_generichash_update(&state, id, kId);
  crypto_generichash_update(&state, secret, crypto_sign_SECRETKEYBYTES);
  crypto_generichash_final(&state, sum.data(), sum.size());
  return sum;
}

std::uint64_t little_endian(const std::uint8_t* at) {
  std::uint64_t value = 0;
  for (int i = 7; i >= 0; --i) value = value << 8 | at[i];
  return value;
}

void put_little_endian(std::uint8_t* at, std::uint64_t value) {
  for (int i = 0; i < 8; ++i, value >>= 8) at[i] = static_cast<std::uint8_t>(value);
}

// Hides, or shows again, by the stream that scrypt makes of the passphrase.
bool mask(std::uint8_t* hidden, std::string_view passphrase, const std::uint8_t* salt, std::uint64_t operations, std::uint64_t memory) {
  std::array<std::uint8_t, kHidden> stream;
  if (crypto_pwhash_scryptsalsa208sha256(stream.data(), stream.size(), passphrase.data(), passphrase.size(), salt, operations, static_cast<std::size_t>(memory)) != 0) return false;
  for (std::size_t i = 0; i < stream.size(); ++i) hidden[i] = static_cast<std::uint8_t>(hidden[i] ^ stream[i]);
  sodium_memzero(stream.data(), stream.size());
  return true;
}

// A secret that is wiped whichever way its function returns.
class Wiped {
 public:
  explicit Wiped(std::vector<std::uint8_t>& bytes) : bytes_(bytes) {}
  ~Wiped() { sodium_memzero(bytes_.data(), bytes_.size()); }
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;

 private:
  std::vector<std::uint8_t>& bytes_;
};

}  // namespace

std::string to_text(const MinisignKeyId& id) {
  std::array<std::uint8_t, kId> reversed;  // minisign shows it as a number, stored little-endian
  std::reverse_copy(id.begin(), id.end(), reversed.begin());
  std::string text = to_hex(reversed);
  for (char& c : text) c = static_cast<char>(c >= 'a' ? c - 'a' + 'A' : c);
  return text;
}

Result<MinisignPublicKey> parse_minisign_public_key(std::string_view text) {
  std::string_view line = take_line(text);
  if (line.starts_with(kUntrusted)) line = take_line(text);
  const auto bytes = decoded(line, kPublicFile);
  if (bytes.empty()) return fail("is no public key of minisign's format (\"RW\" and 54 more characters)");
  if (bytes[0] != 'E' || bytes[1] != 'd') return fail("is a key of another algorithm than Ed25519");
  MinisignPublicKey key;
  std::copy_n(bytes.begin() + kAlgorithm, kId, key.id.begin());
  std::copy_n(bytes.begin() + kAlgorithm + kId, key.key.size(), key.key.begin());
  return key;
}

std::string to_base64_line(const MinisignPublicKey& key) {
  std::vector<std::uint8_t> bytes{'E', 'd'};
  bytes.insert(bytes.end(), key.id.begin(), key.id.end());
  bytes.insert(bytes.end(), key.key.begin(), key.key.end());
  return to_base64(bytes);
}

std::string to_key_file(const MinisignPublicKey& key) { return std::string(kUntrusted) + "minisign public key " + to_text(key.id) + "\n" + to_base64_line(key) + "\n"; }

Result<MinisignProof> check_minisign(Bytes content, std::string_view signature_file, std::span<const MinisignPublicKey> trusted) {
  if (sodium_init() < 0) return fail("libsodium cannot be started");
  const std::string_view untrusted = take_line(signature_file), line = take_line(signature_file), comment = take_line(signature_file), global = take_line(signature_file);
  if (!untrusted.starts_with(kUntrusted)) return fail("the signature file is not of minisign's format: its first line is no untrusted comment");
  if (!comment.starts_with(kTrusted) || comment.size() > kMaxComment) return fail("the signature file is not of minisign's format: its third line is no trusted comment");
  const auto bytes = decoded(line, kSignature);
  if (bytes.empty() || bytes[0] != 'E' || (bytes[1] != 'D' && bytes[1] != 'd')) return fail("the signature file is not of minisign's format: its second line is no signature");
  const auto whole = decoded(global, crypto_sign_BYTES);
  if (whole.empty()) return fail("the signature file is not of minisign's format: its fourth line is no signature");
  MinisignProof proof;
  std::copy_n(bytes.begin() + kAlgorithm, kId, proof.key.begin());
  const auto key = std::find_if(trusted.begin(), trusted.end(), [&](const MinisignPublicKey& one) { return one.id == proof.key; });
  if (key == trusted.end()) return fail("signed by key " + to_text(proof.key) + ", which is not one of the " + std::to_string(trusted.size()) + " trusted keys");
  const std::uint8_t* signature = bytes.data() + kAlgorithm + kId;
  const auto hash = bytes[1] == 'D' ? blake2b(content) : std::array<std::uint8_t, 64>{};
  const Bytes message = bytes[1] == 'D' ? Bytes(hash) : content;
  if (crypto_sign_verify_detached(signature, message.data(), message.size(), key->key.data()) != 0)
    return fail("the signature is not of this content: one of them was altered after key " + to_text(proof.key) + " signed");
  proof.trusted_comment = std::string(comment.substr(kTrusted.size()));
  std::vector<std::uint8_t> told(signature, signature + crypto_sign_BYTES);
  const Bytes words = as_bytes(proof.trusted_comment);
  told.insert(told.end(), words.begin(), words.end());
  if (crypto_sign_verify_detached(whole.data(), told.data(), told.size(), key->key.data()) != 0) return fail("the trusted comment of the signature was altered");
  return proof;
}

Result<MinisignSecretKey> MinisignSecretKey::generate() {
  if (sodium_init() < 0) return fail("libsodium cannot be started");
  MinisignSecretKey key;
  PublicKey unused;
  crypto_sign_keypair(unused.data(), key.secret_.data());
  randombytes_buf(key.id_.data(), key.id_.size());
  return key;
}

Result<MinisignSecretKey> MinisignSecretKey::parse(std::string_view text, const Passphrase& passphrase) {
  if (sodium_init() < 0) return fail("libsodium cannot be started");
  std::string_view line = take_line(text);
  if (line.starts_with(kUntrusted)) line = take_line(text);
  std::vector<std::uint8_t> bytes = decoded(line, kSecretFile);
  const Wiped wiped(bytes);
  const auto word = [&](std::size_t index) { return std::string_view(as_text(Bytes(bytes).subspan(index * kAlgorithm, kAlgorithm))); };
  if (bytes.empty() || word(0) != "Ed" || word(2) != "B2") return fail("is no secret key of minisign's format");
  std::uint8_t* const salt = bytes.data() + 3 * kAlgorithm;
  std::uint8_t* const hidden = salt + kSalt + 16;
  const bool encrypted = word(1) == "Sc";
  if (!encrypted && word(1) != std::string_view("\0\0", 2)) return fail("is encrypted in a way that is not known here");
  if (encrypted) {
    const std::uint64_t operations = little_endian(salt + kSalt), memory = little_endian(salt + kSalt + 8);
    if (operations > 4 * crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_SENSITIVE || memory > 2 * crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_SENSITIVE)
      return fail("asks for more work or memory than a key of minisign's does");
    auto words = passphrase();
    if (!words) return tl::unexpected(words.error());
    const bool masked = mask(hidden, *words, salt, operations, memory);
    sodium_memzero(words->data(), words->size());
    if (!masked) return fail("cannot be decrypted: scrypt wants " + std::to_string(memory >> 20) + " MiB of memory");
  }
  const auto sum = checksum(hidden, hidden + kId);
  // minisign leaves the checksum out where nothing is encrypted.
  const bool summed = encrypted || sodium_is_zero(hidden + kId + kSecret, kChecksum) == 0;
  if (summed && sodium_memcmp(sum.data(), hidden + kId + kSecret, sum.size()) != 0) return fail(encrypted ? "the passphrase is wrong" : "was altered: its checksum is another one");
  std::array<std::uint8_t, 32> half;
  std::array<std::uint8_t, kSecret> whole;
  crypto_sign_seed_keypair(half.data(), whole.data(), hidden + kId);
  const bool fits = sodium_memcmp(whole.data(), hidden + kId, kSecret) == 0;
  sodium_memzero(whole.data(), whole.size());
  if (!fits) return fail("was altered: its two halves do not belong together");
  MinisignSecretKey key;
  std::copy_n(hidden, kId, key.id_.begin());
  std::copy_n(hidden + kId, kSecret, key.secret_.begin());
  return key;
}

MinisignSecretKey::MinisignSecretKey(MinisignSecretKey&& other) noexcept : id_(other.id_), secret_(other.secret_) {
  sodium_memzero(other.secret_.data(), other.secret_.size());
}

MinisignSecretKey::~MinisignSecretKey() { sodium_memzero(secret_.data(), secret_.size()); }

MinisignPublicKey MinisignSecretKey::public_key() const {
  MinisignPublicKey key;
  key.id = id_;
  crypto_sign_ed25519_sk_to_pk(key.key.data(), secret_.data());
  return key;
}

Result<std::string> MinisignSecretKey::sign(Bytes content, std::string_view trusted_comment) const {
  if (trusted_comment.find_first_of("\r\n") != std::string_view::npos || trusted_comment.size() + kTrusted.size() > kMaxComment) return fail("a trusted comment is one line of at most 8,000 bytes");
  std::vector<std::uint8_t> bytes{'E', 'D'};
  bytes.insert(bytes.end(), id_.begin(), id_.end());
  bytes.resize(kSignature);
  const auto hash = blake2b(content);
  crypto_sign_detached(bytes.data() + kAlgorithm + kId, nullptr, hash.data(), hash.size(), secret_.data());
  std::vector<std::uint8_t> told(bytes.begin() + kAlgorithm + kId, bytes.end());
  const Bytes words = as_bytes(trusted_comment);
  told.insert(told.end(), words.begin(), words.end());
  std::array<std::uint8_t, crypto_sign_BYTES> global;
  crypto_sign_detached(global.data(), nullptr, told.data(), told.size(), secret_.data());
  return std::string(kUntrusted) + "signature from key " + to_text(id_) + "\n" + to_base64(bytes) + "\n" + std::string(kTrusted) + std::string(trusted_comment) + "\n" + to_base64(global) + "\n";
}

Result<std::string> MinisignSecretKey::to_file(std::string_view passphrase) const {
  std::vector<std::uint8_t> bytes(kSecretFile);
  const Wiped wiped(bytes);
  const bool encrypted = !passphrase.empty();
  std::memcpy(bytes.data(), "Ed", kAlgorithm);
  std::memcpy(bytes.data() + kAlgorithm, encrypted ? "Sc" : "\0\0", kAlgorithm);
  std::memcpy(bytes.data() + 2 * kAlgorithm, "B2", kAlgorithm);
  std::uint8_t* const salt = bytes.data() + 3 * kAlgorithm;
  std::uint8_t* const hidden = salt + kSalt + 16;
  std::copy(id_.begin(), id_.end(), hidden);
  std::copy(secret_.begin(), secret_.end(), hidden + kId);
  const auto sum = checksum(hidden, hidden + kId);
  std::copy(sum.begin(), sum.end(), hidden + kId + kSecret);
  if (encrypted) {
    randombytes_buf(salt, kSalt);
    constexpr std::uint64_t kOperations = crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_SENSITIVE, kMemory = crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_SENSITIVE;
    put_little_endian(salt + kSalt, kOperations);
    put_little_endian(salt + kSalt + 8, kMemory);
    if (!mask(hidden, passphrase, salt, kOperations, kMemory)) return fail("the key cannot be encrypted: scrypt wants 1024 MiB of memory");
  }
  return std::string(kUntrusted) + (encrypted ? "minisign encrypted secret key" : "minisign secret key") + "\n" + to_base64(bytes) + "\n";
}

}  // namespace scanner

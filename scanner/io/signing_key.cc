#include "scanner/io/signing_key.h"

#include "scanner/io/system_error.h"
#include "scanner/model/digest.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

namespace scanner {
namespace {

static_assert(crypto_sign_SEEDBYTES == 32 && crypto_sign_PUBLICKEYBYTES == 32 && crypto_sign_SECRETKEYBYTES == 64 && crypto_sign_BYTES == 64);

}  // namespace

std::optional<PublicKey> parse_public_key(std::string_view text) {
  PublicKey key;
  std::size_t size = 0;
  const char* end = nullptr;
  if (text.size() != 64 || sodium_hex2bin(key.data(), key.size(), text.data(), text.size(), nullptr, &size, &end) != 0 || size != key.size()) return std::nullopt;
  return key;
}

Result<SigningKey> SigningKey::from_seed(Bytes seed) {
  if (sodium_init() < 0) return fail("libsodium cannot be started");
  if (seed.size() != crypto_sign_SEEDBYTES) return fail("a signing key has 32 bytes and not " + std::to_string(seed.size()));
  SigningKey key;
  crypto_sign_seed_keypair(key.public_.data(), key.secret_.data(), seed.data());
  return key;
}

SigningKey::SigningKey(SigningKey&& other) noexcept : secret_(other.secret_), public_(other.public_) {
  sodium_memzero(other.secret_.data(), other.secret_.size());
}

SigningKey::~SigningKey() { sodium_memzero(secret_.data(), secret_.size()); }

std::string SigningKey::sign(std::string_view text) const {
  std::array<std::uint8_t, crypto_sign_BYTES> signature;
  const Bytes bytes = as_bytes(text);
  crypto_sign_detached(signature.data(), nullptr, bytes.data(), bytes.size(), secret_.data());
  return to_base64(signature);
}

std::string SigningKey::public_text() const { return to_hex(public_); }

bool is_signed(std::string_view text, std::string_view base64_signature, const PublicKey& key) {
  std::array<std::uint8_t, crypto_sign_BYTES> signature;
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(signature.data(), signature.size(), base64_signature.data(), base64_signature.size(), nullptr, &size, &end, sodium_base64_VARIANT_ORIGINAL) != 0 ||
      size != signature.size() || end != base64_signature.data() + base64_signature.size())
    return false;
  const Bytes bytes = as_bytes(text);
  return crypto_sign_verify_detached(signature.data(), bytes.data(), bytes.size(), key.data()) == 0;
}

Result<std::string> read_secret_file(const std::string& path, const std::string& what, std::size_t min, std::size_t max) {
  const auto refuse = [&](const std::string& why) { return fail(path + ": " + why); };
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) return refuse(system_error());
  struct stat status {};
  std::string secret(max + 1, '\0');
  const bool known = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  const ssize_t size = known ? ::read(fd, secret.data(), secret.size()) : -1;
  ::close(fd);
  if (!known) return refuse(what + " must be in a regular file");
  if ((status.st_mode & 077) != 0) return refuse("others than its owner may use it (chmod 600 mends that); " + what + " is a secret");
  if (size < 0) return refuse("cannot be read");
  if (static_cast<std::size_t>(size) < min) return refuse(what + " needs " + std::to_string(min) + " bytes at least, 32 random ones are best");
  if (static_cast<std::size_t>(size) > max) return refuse(what + " has " + std::to_string(max) + " bytes at most");
  secret.resize(static_cast<std::size_t>(size));
  return secret;
}

}  // namespace scanner

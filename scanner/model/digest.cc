#include "scanner/model/digest.h"

#include <cryptopp/base64.h>
#include <cryptopp/filters.h>
#include <cryptopp/hmac.h>
#include <cryptopp/keccak.h>
#include <cryptopp/sha.h>

namespace scanner {
namespace {

template <typename Hash, std::size_t Size>
std::array<std::uint8_t, Size> digest(Bytes bytes) {
  std::array<std::uint8_t, Size> out{};
  Hash hash;
  hash.CalculateDigest(out.data(), bytes.data(), bytes.size());
  return out;
}

}  // namespace

std::array<std::uint8_t, 20> sha1(Bytes bytes) { return digest<CryptoPP::SHA1, 20>(bytes); }
Sha256 sha256(Bytes bytes) { return digest<CryptoPP::SHA256, 32>(bytes); }
Sha256 keccak256(Bytes bytes) { return digest<CryptoPP::Keccak_256, 32>(bytes); }

Sha256 hmac_sha256(Bytes key, Bytes bytes) {
  Sha256 out{};
  CryptoPP::HMAC<CryptoPP::SHA256> hmac(key.data(), key.size());
  hmac.CalculateDigest(out.data(), bytes.data(), bytes.size());
  return out;
}

std::string to_hex(Bytes bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

std::string to_base64(Bytes bytes) {
  std::string text;
  const CryptoPP::StringSource encode(bytes.data(), bytes.size(), true,
                         new CryptoPP::Base64Encoder(new CryptoPP::StringSink(text), false));
  return text;
}

}  // namespace scanner

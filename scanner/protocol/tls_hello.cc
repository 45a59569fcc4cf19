#include "scanner/model/digest.h"
#include "scanner/protocol/tls.h"

#include <algorithm>
#include <span>
#include <string>

namespace scanner::tls {
namespace {

constexpr std::uint16_t kServerName = 0x0000, kSignatureAlgorithms = 0x000d, kAlpn = 0x0010,
                        kSupportedVersions = 0x002b;
constexpr std::size_t kMaxProtocols = 16;
constexpr std::size_t kRandom = 32;

// Reserved so that nobody relies on knowing every value (RFC 8701): 0x0a0a, 0x1a1a, …
bool is_grease(std::uint16_t value) { return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff); }

// What the fingerprint is made of, GREASE left out.
struct Offer {
  std::uint16_t version = 0;
  std::vector<std::uint16_t> ciphers, extensions, signature_algorithms;
  bool has_server_name = false;
  std::string first_alpn;
};

std::vector<std::uint16_t> read_values(Bytes bytes) {
  std::vector<std::uint16_t> values;
  values.reserve(bytes.size() / 2);
  for (Cursor cursor(bytes); cursor.remaining() >= 2;)
    if (const std::uint16_t value = cursor.be16(); !is_grease(value)) values.push_back(value);
  return values;
}

std::string read_server_name(Bytes data) {
  Cursor cursor(data);
  for (Cursor list(cursor.take(cursor.be16())); list.remaining() > 0;) {
    const bool host_name = list.u8() == 0;
    const Bytes name = list.take(list.be16());
    if (host_name && list.ok()) return std::string(as_text(name.first(std::min<std::size_t>(name.size(), 255))));
  }
  return {};
}

std::vector<std::string> read_protocols(Bytes data) {
  std::vector<std::string> protocols;
  Cursor cursor(data);
  for (Cursor list(cursor.take(cursor.be16())); list.remaining() > 0 && protocols.size() < kMaxProtocols;) {
    const Bytes protocol = list.take(list.u8());
    if (list.ok()) protocols.emplace_back(as_text(protocol));
  }
  return protocols;
}

std::uint16_t highest(const std::vector<std::uint16_t>& versions) {
  return versions.empty() ? std::uint16_t{0} : *std::max_element(versions.begin(), versions.end());
}

void read_extension(std::uint16_t type, Bytes data, TlsClientHello& hello, Offer& offer) {
  if (is_grease(type)) return;
  offer.extensions.push_back(type);
  Cursor cursor(data);
  switch (type) {
    case kServerName:
      offer.has_server_name = true;
      hello.sni = read_server_name(data);
      break;
    case kAlpn:
      hello.alpn = read_protocols(data);
      if (!hello.alpn.empty()) offer.first_alpn = hello.alpn.front();
      break;
    case kSupportedVersions:
      if (const auto version = highest(read_values(cursor.take(cursor.u8()))); version != 0) offer.version = version;
      break;
    case kSignatureAlgorithms:
      offer.signature_algorithms = read_values(cursor.take(cursor.be16()));
      break;
    default:
      break;
  }
}

std::string_view version_code(std::uint16_t version) {
  switch (version) {
    case 0x0304:
      return "13";
    case 0x0303:
      return "12";
    case 0x0302:
      return "11";
    case 0x0301:
      return "10";
    case 0x0300:
      return "s3";
    case 0x0002:
      return "s2";
    default:
      return "00";
  }
}

// First and last character of the first protocol offered; of its hexadecimal form where one
// of them is not alphanumeric.
std::string alpn_code(const std::string& protocol) {
  if (protocol.empty()) return "00";
  const auto alphanumeric = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  };
  if (alphanumeric(protocol.front()) && alphanumeric(protocol.back())) return {protocol.front(), protocol.back()};
  const std::string hex = to_hex(as_bytes(protocol));
  return {hex.front(), hex.back()};
}

std::string two_digits(std::size_t count) {
  count = std::min<std::size_t>(count, 99);
  return {static_cast<char>('0' + count / 10), static_cast<char>('0' + count % 10)};
}

std::string joined(const std::vector<std::uint16_t>& values) {
  std::string text;
  text.reserve(values.size() * 5);
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const std::uint16_t value : values) {
    if (!text.empty()) text += ',';
    for (const int shift : {12, 8, 4, 0}) text += kDigits[value >> shift & 15];
  }
  return text;
}

std::string short_hash(const std::string& text) {
  constexpr std::size_t kOctets = 6;
  return text.empty() ? "000000000000" : to_hex(Bytes(sha256(as_bytes(text))).first(kOctets));
}

std::string ja4(Offer offer) {
  std::string print = "t";
  print += version_code(offer.version);
  print += offer.has_server_name ? 'd' : 'i';
  print += two_digits(offer.ciphers.size()) + two_digits(offer.extensions.size()) + alpn_code(offer.first_alpn);
  std::sort(offer.ciphers.begin(), offer.ciphers.end());
  std::erase(offer.extensions, kServerName);
  std::erase(offer.extensions, kAlpn);
  std::sort(offer.extensions.begin(), offer.extensions.end());
  std::string listed = joined(offer.extensions);
  if (!listed.empty() && !offer.signature_algorithms.empty()) listed += '_' + joined(offer.signature_algorithms);
  return print + '_' + short_hash(joined(offer.ciphers)) + '_' + short_hash(listed);
}

}  // namespace

std::optional<TlsClientHello> parse_client_hello(Bytes body) {
  Cursor cursor(body);
  TlsClientHello hello;
  Offer offer;
  offer.version = cursor.be16();
  cursor.skip(kRandom);
  cursor.skip(cursor.u8());  // session
  offer.ciphers = read_values(cursor.take(cursor.be16()));
  cursor.skip(cursor.u8());  // compression methods
  if (!cursor.ok()) return std::nullopt;
  if (cursor.remaining() > 0) {  // before TLS 1.2 there need not be extensions
    Cursor extensions(cursor.take(cursor.be16()));
    while (extensions.remaining() > 0) {
      const std::uint16_t type = extensions.be16();
      const Bytes data = extensions.take(extensions.be16());
      if (!extensions.ok()) return std::nullopt;
      read_extension(type, data, hello, offer);
    }
    if (!cursor.ok()) return std::nullopt;
  }
  hello.version = offer.version;
  hello.ja4 = ja4(std::move(offer));
  return hello;
}

std::optional<ServerHello> parse_server_hello(Bytes body) {
  // SHA-256 of "HelloRetryRequest" in the place of a random (RFC 8446 section 4.1.3).
  static constexpr std::array<std::uint8_t, kRandom> kRetry = {
      0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
      0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};
  Cursor cursor(body);
  ServerHello hello;
  hello.version = cursor.be16();
  const Bytes random = cursor.take(kRandom);
  std::copy(random.begin(), random.end(), hello.random.begin());
  hello.retry = hello.random == kRetry;
  cursor.skip(cursor.u8());
  hello.suite = cursor.be16();
  hello.compressed = cursor.u8() != 0;
  if (!cursor.ok()) return std::nullopt;
  if (cursor.remaining() == 0) return hello;
  for (Cursor extensions(cursor.take(cursor.be16())); extensions.remaining() > 0;) {
    const std::uint16_t type = extensions.be16();
    Cursor data(extensions.take(extensions.be16()));
    if (!extensions.ok()) return std::nullopt;
    if (type == kSupportedVersions) hello.version = data.be16();
  }
  return hello;
}

}  // namespace scanner::tls

// The messages of a TLS handshake that travel in the clear (RFC 5246, 8446, 6066, 7301), and
// the client fingerprint JA4 (FoxIO, technical_details/JA4.md, BSD licence).
//
// Pure functions over one whole message, its 4-byte handshake header taken off. Nullopt: the
// lengths in it contradict each other.
#pragma once

#include "scanner/model/bytes.h"
#include "scanner/model/observation.h"

#include <array>
#include <cstdint>
#include <optional>

namespace scanner::tls {

std::optional<TlsClientHello> parse_client_hello(Bytes body);

// What the server chose.
struct ServerHello {
  std::uint16_t version = 0;  // 0x0304: TLS 1.3
  std::uint16_t suite = 0;
  std::array<std::uint8_t, 32> random{};
  bool compressed = false;
  bool retry = false;  // asks for another client hello (RFC 8446 section 4.1.4)
};
std::optional<ServerHello> parse_server_hello(Bytes body);

// X.509 (RFC 5280): names of the subject and the common name of the issuer, or its
// organisation where there is none. Self-signed: both distinguished names are equal byte for
// byte; the signature is not checked. Text is cut to 255 bytes.
std::optional<TlsCertificate> parse_certificate(Bytes der);

}  // namespace scanner::tls

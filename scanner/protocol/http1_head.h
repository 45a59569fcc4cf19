// The head of an HTTP/1 message (RFC 9112): the few fields that the scanner looks at.
#pragma once

#include "scanner/model/bytes.h"
#include "scanner/protocol/parser.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace scanner {

struct HttpHead {
  // Of the body (Content-Encoding, or Transfer-Encoding beside chunked).
  enum class Coding : std::uint8_t { Identity, Gzip, Deflate, Other };

  bool request = false;
  std::string_view method, target;  // request
  int status = 0;                   // response
  bool connected = false;           // its reason says that a connection was established
  std::string_view host, user_agent, authorization;
  std::optional<std::uint64_t> content_length;  // the first one counts
  bool chunked = false;
  Coding coding = Coding::Identity;
  bool websocket = false;      // Upgrade: websocket
  bool mining_header = false;  // X-Mining-Extensions, X-Stratum, X-Long-Polling or X-Roll-NTime
  bool form = false;           // request: the body's type is a form's (urlencoded) or JSON
  bool passed_on = false;      // Forwarded, X-Forwarded-For, X-Real-IP or Via: by a proxy
  bool stale = false;          // the challenge says that the nonce was too old (RFC 7616)
};

// Where the head ends (behind the empty line), looking from `from` on; nothing where it does
// not yet. To go on later, give the number of bytes looked at, less two.
std::optional<std::size_t> http_head_end(Bytes bytes, std::size_t from);

// Views into `head`. Nothing where the first line is no HTTP/1 request or status line.
// Lines may end in LF alone; what is not understood is passed over.
std::optional<HttpHead> read_http_head(std::string_view head);

// Do these bytes start an HTTP/1 message?
Probe probe_http(Bytes start);

}  // namespace scanner

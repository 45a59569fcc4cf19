// Log-ins over HTTP/1, as requests show them: Authorization (RFC 7617 Basic, RFC 7616 Digest), and
// POSTs of a form or of JSON that has a password in it.
//
// Other schemes tell nothing: tokens and signatures (Bearer, AWS4-HMAC-SHA256 …) are new each time
// by themselves, and so is each message of an NTLM or Negotiate handshake, whose 401 is no refusal.
#pragma once

#include "scanner/protocol/flow_session.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace scanner {

// Numbers, as in LoginSeen.
struct HttpLogin {
  std::uint64_t credentials = 0, name = 0;
  bool hidden = false;     // the password was not said (Digest)
  bool form = false;       // in the body
  bool passed_on = false;  // by a proxy, for somebody else
};

// Bytes of a body that are looked at.
inline constexpr std::size_t kLoginForm = 1024;

// By the value of an Authorization header.
std::optional<HttpLogin> login_of_authorization(std::string_view value);
// By the start of a body, cut off anywhere: fields of a form, or of a JSON object.
std::optional<HttpLogin> login_of_form(std::string_view body);

// The log-ins of one flow that have no answer yet; both readers' common knowledge.
class HttpLogins final : public FlowSession::Shared {
 public:
  void asked(std::uint64_t exchange, const HttpLogin& login);
  // What an answer with this status makes of the exchange's log-in; nothing: there was none, or it
  // says nothing. `stale`: Digest's nonce was too old, and not the password wrong (RFC 7616 3.3).
  // Accepted credentials are told anew only when others were accepted in between.
  std::optional<LoginSeen> answered(std::uint64_t exchange, int status, bool stale);

 private:
  static constexpr std::size_t kMaxOpen = 8;  // the oldest gives way

  struct Open {
    std::uint64_t exchange = 0;
    HttpLogin login;  // credentials 0: none
  };
  std::array<Open, kMaxOpen> open_{};
  std::size_t next_ = 0;
  std::uint64_t accepted_ = 0;  // the last ones
};

}  // namespace scanner

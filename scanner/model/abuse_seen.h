// Observations of what abuse looks like on the wire: log-ins, echoes. Parts of Observation
// (observation.h).
#pragma once

#include <cstdint>
#include <string>

namespace scanner {

// A log-in in plain text, or what became of it. Nothing of the credentials is kept but a number
// that tells equal ones from others within a run.
enum class LoginStep : std::uint8_t { Asked, Accepted, Refused };
struct LoginSeen {
  std::string protocol;  // "ftp", "smtp", "pop3", "imap"; "" of a request whose protocol is not told
  LoginStep step = LoginStep::Asked;
  std::uint64_t credentials = 0;
};

// An echo request or reply (ICMP) with more payload than ping sends by itself.
struct EchoSeen {
  bool reply = false;
  std::uint32_t bytes = 0;
  std::uint64_t content = 0;  // equal for equal payloads
};

}  // namespace scanner

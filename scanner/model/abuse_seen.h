// Observations of what abuse looks like on the wire: log-ins, echoes. Parts of Observation
// (observation.h).
#pragma once

#include <cstdint>
#include <string>

namespace scanner {

// A log-in in plain text, or what became of it. Nothing of the credentials is kept but numbers
// that tell equal ones from others within a run.
enum class LoginStep : std::uint8_t { Asked, Accepted, Refused };
struct LoginSeen {
  std::string protocol;  // "ftp", "http", "mysql" …; "" of a request whose protocol is not told
  LoginStep step = LoginStep::Asked;
  std::uint64_t credentials = 0;  // of a request, and of an answer that was matched with one; 0: not known
  std::uint64_t name = 0;         // likewise whose they are; 0: not known
  bool hidden = false;     // the password was not said (challenge and response): they are the name alone
  bool passed_on = false;  // by a proxy, for somebody else, as the request says
};

// An echo request or reply (ICMP) with more payload than ping sends by itself.
struct EchoSeen {
  bool reply = false;
  std::uint32_t bytes = 0;
  std::uint64_t content = 0;  // equal for equal payloads
};

}  // namespace scanner

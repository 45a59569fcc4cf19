// What clients say who log in, rightly or wrongly.
#pragma once

#include "scanner/model/time.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace scanner::trafficgen {

// Log-ins, one after another.
struct LogIn {
  // HTTP: Basic, Bearer, Digest, NTLM, a form, JSON. Databases: Plain, or Challenge.
  enum class Method : std::uint8_t { Plain, Token, Challenge, Negotiate, Form, Json };
  Method method = Method::Plain;
  std::vector<std::string> names, passwords;  // in turn; empty: "admin", and another word each time
  std::uint64_t tries = 1;         // in one connection, where the protocol allows more
  Duration every = std::chrono::milliseconds(200);
  std::uint64_t accept_every = 0;  // each n-th is right; 0: none
  int status = 401;                // of a refusal over HTTP
  std::string passed_on_for;       // X-Forwarded-For; empty: nobody
};

}  // namespace scanner::trafficgen

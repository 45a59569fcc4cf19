// What may leave the engine: names of wallets, workers, passwords and people may not.
//
// An excerpt keeps the shape that convinces a reviewer (method names, keys, numbers, job
// ids, the beginning of long hex) and loses every other text value. Wallets and workers
// become a short prefix and, with a key, a keyed hash that compares equal across events.
#pragma once

#include "scanner/model/breach_event.h"

#include <string>
#include <string_view>
#include <vector>

namespace scanner {

class Redactor {
 public:
  // `key`: the bytes of privacy.hash_key_file; empty: references are "".
  explicit Redactor(std::string key) : key_(std::move(key)) {}

  // A JSON text or a piece of one (cut anywhere): text values that are no method, agent or
  // short token become "<n bytes>"; hex is cut to 16 digits. Linear; at most 512 bytes out.
  std::string json_excerpt(std::string_view excerpt) const;
  // Any other text: wallets and e-mail addresses masked, control bytes escaped.
  std::string text_excerpt(std::string_view excerpt) const;

  std::string prefix(std::string_view worker) const;     // the first 6 characters and "…"
  std::string reference(std::string_view worker) const;  // "hmac-sha256:<32 hex>" or ""

  // How a subject is known, in sentences that name containers and files.
  Subject subject(const Subject& subject) const;
  // The finding as it may leave: excerpts, reasons, arguments and workers redacted.
  Finding finding(const Finding& finding) const;

 private:
  std::string key_;
};

}  // namespace scanner

// Texts in a conversation that tell who somebody is, found by where they stand.
#pragma once

#include "scanner/signature/dialect.h"

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// The text values of a JSON text, as they stand in it (escapes not decoded).
struct JsonTextValue {
  std::size_t begin = 0, end = 0;  // without the quotation marks
  std::string path;                // "params[0]", "params.login", "method"
};
std::vector<JsonTextValue> json_text_values(std::string_view json);

// What of this JSON message is personal: values under keys that name people, accounts or hosts,
// and all texts of a log-in's parameters but the agent.
std::vector<std::string> personal_texts(std::string_view json, const DialectSet& dialects);

// Values of HTTP header lines that open an account or follow somebody (Authorization, Cookie …).
std::vector<std::string> personal_headers(std::string_view http_head);
// The name in a Host header; "" where there is none or it is an address.
std::string host_header(std::string_view http_head);

// As long as `text`, with letters for letters, digits for digits; the same seed and text give the
// same. Wallets with a right checksum become wallets with a right checksum, of the same kind.
std::string made_up_like(std::string_view text, std::uint64_t seed);
// Likewise, label by label; `kept` labels stay, and the last one becomes one that is no real
// top-level domain.
std::string made_up_name(std::string_view name, const std::set<std::string>& kept_labels, std::uint64_t seed);

}  // namespace scanner

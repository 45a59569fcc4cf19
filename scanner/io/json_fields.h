// A JSON object that came from outside, read key by key against what is expected.
//
// Internal to io/: only .cc files include it, since it names a third-party type.
#pragma once

#include "scanner/model/address.h"
#include "scanner/model/result.h"
#include "scanner/model/time.h"

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// Deeper texts are refused before anything is built.
inline constexpr int kMaxJsonDepth = 8;

// Parses one object. The error's message continues a sentence: "is no JSON …".
Result<nlohmann::json> read_json_object(std::string_view text);

// A text as a JSON value: a string, or {"hex": …} where the bytes are no UTF-8.
nlohmann::ordered_json json_text(const std::string& text);

// A piece of hostile text as a message may show it: short and printable.
std::string for_message(std::string_view text);

// Reads wanted keys; a value of the wrong type or out of range is a problem, and the first
// one is kept. Where a required value is missing or wrong, a zero comes back, so that a
// reader asks problem() once in the end. The object outlives it.
class JsonFields {
 public:
  explicit JsonFields(const nlohmann::json& object) : object_(object) {}

  std::optional<std::string> text(const char* key, std::size_t max_bytes);
  std::vector<std::string> texts(const char* key);  // empty where it is absent
  std::optional<std::int64_t> integer(const char* key, std::int64_t min, std::int64_t max);
  std::optional<bool> boolean(const char* key);
  std::optional<std::string> sha256(const char* key);  // lower-case hex or empty

  std::int64_t required_integer(const char* key, std::int64_t min, std::int64_t max);
  double required_number(const char* key, double min, double max);
  Timestamp required_time(const char* key);  // RFC 3339, from 1970 to 2255
  IpAddress required_address(const char* key);
  Endpoint required_endpoint(const char* key);  // "192.0.2.1:80", "[2001:db8::1]:80"

  void refuse(std::string problem);
  const std::string& problem() const { return problem_; }
  // Keys that nobody asked for, as messages may show them; at most `max`.
  std::vector<std::string> unread(std::size_t max) const;

 private:
  const nlohmann::json* find(const char* key);
  const nlohmann::json* find_required(const char* key);

  const nlohmann::json& object_;
  std::set<std::string, std::less<>> read_;
  std::string problem_;
};

}  // namespace scanner

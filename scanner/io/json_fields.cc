#include "scanner/io/json_fields.h"

#include "scanner/io/record_parser.h"
#include "scanner/model/bytes.h"
#include "scanner/model/digest.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace scanner {
namespace {

using SortedJson = nlohmann::json;

constexpr std::size_t kMaxShown = 40;
constexpr std::size_t kSha256Digits = 64;

// The parser itself is iterative; what it builds would be as deep as the text says.
bool too_deep(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
      continue;
    }
    if (c == '"') quoted = true;
    if ((c == '{' || c == '[') && ++depth > kMaxJsonDepth) return true;
    if (c == '}' || c == ']') --depth;
  }
  return false;
}

// RFC 3629, without surrogates and overlong forms.
bool is_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned lead = byte(i);
    const std::size_t length = lead < 0x80                   ? 1
                               : lead >= 0xc2 && lead < 0xe0 ? 2
                               : lead >> 4 == 14             ? 3
                               : lead >= 0xf0 && lead < 0xf5 ? 4
                                                             : 0;
    if (length == 0 || i + length > text.size()) return false;
    for (std::size_t k = 1; k < length; ++k)
      if ((byte(i + k) & 0xc0) != 0x80) return false;
    if (length >= 3) {
      const unsigned second = byte(i + 1);
      if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second >= 0xa0)) return false;
      if ((lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second >= 0x90)) return false;
    }
    i += length;
  }
  return true;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::optional<std::string> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = digit(hex[i]), low = digit(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(high << 4 | low));
  }
  return bytes;
}

std::optional<std::string> text_of(const SortedJson& value) {
  if (value.is_string()) return value.get_ref<const std::string&>();
  if (!value.is_object() || value.size() != 1) return std::nullopt;
  const auto hex = value.find("hex");
  if (hex == value.end() || !hex->is_string()) return std::nullopt;
  return from_hex(hex->get_ref<const std::string&>());
}

std::optional<std::int64_t> integer_of(const SortedJson& value) {
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{INT64_MAX}) return std::nullopt;
  if (!value.is_number_integer()) return std::nullopt;
  return value.get<std::int64_t>();
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  // "2001:db8::1:80" could mean two things.
  if (!bracketed && host.find(':') != std::string_view::npos) return std::nullopt;
  const auto address = IpAddress::parse(host);
  std::uint16_t number = 0;
  const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (!address || failed != std::errc() || end != port.data() + port.size()) return std::nullopt;
  return Endpoint{*address, number};
}

std::string quoted(const char* key) { return "\"" + std::string(key) + "\""; }

}  // namespace

Result<SortedJson> read_json_object(std::string_view text) {
  if (too_deep(text)) return fail("is nested too deeply");
  SortedJson json = SortedJson::parse(text, nullptr, false);
  if (json.is_discarded()) return fail("is no JSON");
  if (!json.is_object()) return fail("is no JSON object");
  return json;
}

nlohmann::ordered_json json_text(const std::string& text) {
  if (is_utf8(text)) return text;
  return {{"hex", to_hex(as_bytes(text))}};
}

std::string for_message(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, kMaxShown)) shown.push_back(c >= ' ' && c <= '~' ? c : '?');
  return text.size() > kMaxShown ? shown + "…" : shown;
}

const SortedJson* JsonFields::find(const char* key) {
  const auto found = object_.find(key);
  if (found == object_.end()) return nullptr;
  read_.insert(key);
  return &*found;
}

const SortedJson* JsonFields::find_required(const char* key) {
  const SortedJson* value = find(key);
  if (value == nullptr) refuse(quoted(key) + " is missing");
  return value;
}

std::optional<std::string> JsonFields::text(const char* key, std::size_t max_bytes) {
  const SortedJson* value = find(key);
  if (value == nullptr) return std::nullopt;
  auto text = text_of(*value);
  if (!text)
    refuse(quoted(key) + " is no text");
  else if (text->size() > max_bytes)
    refuse(quoted(key) + " is longer than " + std::to_string(max_bytes) + " bytes");
  return text;
}

std::vector<std::string> JsonFields::texts(const char* key) {
  const SortedJson* value = find(key);
  if (value == nullptr) return {};
  std::vector<std::string> texts;
  if (!value->is_array()) refuse(quoted(key) + " is no list");
  if (!value->is_array()) return texts;
  for (const SortedJson& item : *value) {
    auto text = text_of(item);
    if (!text) refuse(quoted(key) + " holds something that is no text");
    if (!text) break;
    texts.push_back(std::move(*text));
  }
  return texts;
}

std::optional<std::int64_t> JsonFields::integer(const char* key, std::int64_t min, std::int64_t max) {
  const SortedJson* value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto number = integer_of(*value);
  if (number && *number >= min && *number <= max) return number;
  refuse(quoted(key) + " is no whole number from " + std::to_string(min) + " to " + std::to_string(max));
  return std::nullopt;
}

std::optional<bool> JsonFields::boolean(const char* key) {
  const SortedJson* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  refuse(quoted(key) + " is neither true nor false");
  return std::nullopt;
}

std::optional<std::string> JsonFields::sha256(const char* key) {
  auto text = this->text(key, kSha256Digits);
  const bool fits =
      !text || text->empty() ||
      (text->size() == kSha256Digits && std::all_of(text->begin(), text->end(), [](char c) { return digit(c) >= 0; }));
  if (!fits) refuse(quoted(key) + " is no SHA-256 in lower-case hex");
  return text;
}

std::int64_t JsonFields::required_integer(const char* key, std::int64_t min, std::int64_t max) {
  if (find_required(key) == nullptr) return 0;
  return integer(key, min, max).value_or(0);
}

double JsonFields::required_number(const char* key, double min, double max) {
  const SortedJson* value = find_required(key);
  if (value == nullptr) return 0;
  const double number = value->is_number() ? value->get<double>() : min - 1;
  if (number >= min && number <= max) return number;
  refuse(quoted(key) + " is no number from " + std::to_string(min) + " to " + std::to_string(max));
  return 0;
}

Timestamp JsonFields::required_time(const char* key) {
  const SortedJson* value = find_required(key);
  if (value == nullptr) return {};
  const auto at = value->is_string() ? parse_rfc3339(value->get_ref<const std::string&>()) : std::nullopt;
  if (at && at->ns >= 0 && at->ns <= kLatestNs) return *at;
  refuse(quoted(key) + " is no RFC 3339 time from 1970 to 2255");
  return {};
}

IpAddress JsonFields::required_address(const char* key) {
  const SortedJson* value = find_required(key);
  if (value == nullptr) return {};
  const auto address = value->is_string() ? IpAddress::parse(value->get_ref<const std::string&>()) : std::nullopt;
  if (!address) refuse(quoted(key) + " is no internet address");
  return address.value_or(IpAddress{});
}

Endpoint JsonFields::required_endpoint(const char* key) {
  const SortedJson* value = find_required(key);
  if (value == nullptr) return {};
  const auto endpoint = value->is_string() ? parse_endpoint(value->get_ref<const std::string&>()) : std::nullopt;
  if (!endpoint) refuse(quoted(key) + " is no ADDRESS:PORT");
  return endpoint.value_or(Endpoint{});
}

void JsonFields::refuse(std::string problem) {
  if (problem_.empty()) problem_ = std::move(problem);
}

std::vector<std::string> JsonFields::unread(std::size_t max) const {
  std::vector<std::string> keys;
  for (auto item = object_.begin(); item != object_.end() && keys.size() < max; ++item)
    if (!read_.contains(item.key())) keys.push_back(for_message(item.key()));
  return keys;
}

}  // namespace scanner

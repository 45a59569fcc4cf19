#include "scanner/protocol/http1_head.h"

#include "scanner/model/letters.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace scanner {
namespace {

using namespace std::string_view_literals;

constexpr std::array kMethods = {"GET"sv, "POST"sv, "HEAD"sv, "PUT"sv, "OPTIONS"sv, "DELETE"sv, "CONNECT"sv, "PATCH"sv,
                                 "TRACE"sv, "PROPFIND"sv, "PROPPATCH"sv, "MKCOL"sv, "COPY"sv, "MOVE"sv, "LOCK"sv,
                                 "UNLOCK"sv, "REPORT"sv, "SEARCH"sv, "SUBSCRIBE"sv, "NOTIFY"sv};

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

bool has_word(std::string_view value, std::string_view lower_case) {
  while (!value.empty()) {
    const std::string_view word = value.substr(0, value.find(','));
    if (equals_lowered(trim(word), lower_case)) return true;
    value.remove_prefix(std::min(word.size() + 1, value.size()));
  }
  return false;
}

HttpHead::Coding coding_of(std::string_view value) {
  using Coding = HttpHead::Coding;
  if (value.empty() || equals_lowered(value, "identity")) return Coding::Identity;
  if (equals_lowered(value, "gzip") || equals_lowered(value, "x-gzip")) return Coding::Gzip;
  return equals_lowered(value, "deflate") ? Coding::Deflate : Coding::Other;
}

bool is_form(std::string_view value) {
  value = trim(value.substr(0, value.find(';')));
  return equals_lowered(value, "application/x-www-form-urlencoded") || equals_lowered(value, "application/json");
}

// "Digest realm=…, nonce=…, stale=true"
bool is_stale(std::string_view value) {
  constexpr std::string_view kStale = "stale=";
  const std::size_t at = value.find(kStale);
  if (at == value.npos) return false;
  value.remove_prefix(at + kStale.size());
  if (value.starts_with('"')) value.remove_prefix(1);
  return equals_lowered(value.substr(0, 4), "true");
}

bool read_first_line(std::string_view line, HttpHead& head) {
  line = trim(line);
  if (line.starts_with("HTTP/1.")) {
    const std::size_t blank = line.find(' ');
    if (blank == line.npos) return false;
    const std::string_view code = trim(line.substr(blank)).substr(0, 3);
    head.connected = line.ends_with("onnection established") || line.ends_with("onnection Established");
    const auto [end, error] = std::from_chars(code.data(), code.data() + code.size(), head.status);
    return error == std::errc() && head.status >= 100 && head.status <= 999;
  }
  const std::size_t first = line.find(' '), last = line.rfind(' ');
  if (first == line.npos || first == last || !line.substr(last + 1).starts_with("HTTP/1.")) return false;
  head.request = true;
  head.method = line.substr(0, first);
  head.target = trim(line.substr(first, last - first));
  return true;
}

// Most headers are none of these: the length alone rules them out.
void read_header(std::string_view name, std::string_view value, HttpHead& head) {
  switch (name.size()) {
    case 3:
      if (equals_lowered(name, "via")) head.passed_on = true;
      break;
    case 4:
      if (equals_lowered(name, "host") && head.host.empty()) head.host = value;
      break;
    case 7:
      if (equals_lowered(name, "upgrade") && has_word(value, "websocket")) head.websocket = true;
      break;
    case 9:
      if (equals_lowered(name, "x-stratum")) head.mining_header = true;
      if (equals_lowered(name, "forwarded") || equals_lowered(name, "x-real-ip")) head.passed_on = true;
      break;
    case 10:
      if (equals_lowered(name, "user-agent") && head.user_agent.empty()) head.user_agent = value;
      break;
    case 12:
      if (equals_lowered(name, "x-roll-ntime")) head.mining_header = true;
      if (head.request && equals_lowered(name, "content-type")) head.form = is_form(value);
      break;
    case 13:
      if (equals_lowered(name, "authorization") && head.authorization.empty()) head.authorization = value;
      break;
    case 14:
      if (equals_lowered(name, "content-length") && !head.content_length) {
        std::uint64_t length = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
        if (error == std::errc() && length < (std::uint64_t{1} << 62)) head.content_length = length;
      } else if (equals_lowered(name, "x-long-polling")) {
        head.mining_header = true;
      }
      break;
    case 15:
      if (equals_lowered(name, "x-forwarded-for")) head.passed_on = true;
      break;
    case 16:
      if (equals_lowered(name, "content-encoding")) head.coding = coding_of(value);
      if (equals_lowered(name, "www-authenticate")) head.stale = is_stale(value);
      break;
    case 17:
      if (!equals_lowered(name, "transfer-encoding")) break;
      if (has_word(value, "chunked")) head.chunked = true;
      if (has_word(value, "gzip")) head.coding = HttpHead::Coding::Gzip;
      break;
    case 19:
      if (equals_lowered(name, "x-mining-extensions")) head.mining_header = true;
      break;
    default: break;
  }
}

bool is_prefix(std::string_view start, std::string_view whole) { return whole.starts_with(start.substr(0, whole.size())); }

}  // namespace

std::optional<std::size_t> http_head_end(Bytes bytes, std::size_t from) {
  while (from < bytes.size()) {
    const void* found = std::memchr(bytes.data() + from, '\n', bytes.size() - from);
    if (found == nullptr) return {};
    const std::size_t next = static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - bytes.data()) + 1;
    if (next < bytes.size() && bytes[next] == '\n') return next + 1;
    if (next + 1 < bytes.size() && bytes[next] == '\r' && bytes[next + 1] == '\n') return next + 2;
    from = next;
  }
  return {};
}

std::optional<HttpHead> read_http_head(std::string_view head) {
  HttpHead read;
  bool first = true;
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find('\n'));
    head.remove_prefix(std::min(line.size() + 1, head.size()));
    if (first) {
      if (!read_first_line(line, read)) return {};
      first = false;
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon != line.npos) read_header(line.substr(0, colon), trim(line.substr(colon + 1)), read);
  }
  if (first) return {};
  return read;
}

Probe probe_http(Bytes start) {
  const std::string_view text = as_text(start);
  if (!text.empty() && (text[0] < 'A' || text[0] > 'Z')) return Probe::No;  // as any method and version begins
  if (is_prefix(text, "HTTP/1.")) return text.size() > 7 ? Probe::Yes : Probe::NeedMore;
  bool partly = text.empty();
  for (const std::string_view method : kMethods) {
    if (!is_prefix(text, method)) continue;
    if (text.size() < method.size() + 2) {
      partly = true;
    } else if (text[method.size()] == ' ') {
      const char target = text[method.size() + 1];
      return target == '/' || target == '*' || target == 'h' || method == "CONNECT" ? Probe::Yes : Probe::No;
    }
  }
  return partly ? Probe::NeedMore : Probe::No;
}

}  // namespace scanner

#include "scanner/engine/redact.h"

#include "scanner/model/bytes.h"
#include "scanner/model/digest.h"
#include "scanner/signature/wallet.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace scanner {
namespace {

constexpr std::size_t kMaxExcerpt = 512;
constexpr std::size_t kPrefix = 6;

bool is_hex(std::string_view text) {
  if (text.starts_with("0x")) text.remove_prefix(2);
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

// Values that say what kind of message it is and nothing about a person.
bool is_vocabulary(std::string_view value) {
  constexpr std::array<std::string_view, 9> kPrefixes{"mining.", "client.", "eth_", "getblocktemplate", "getwork", "submitblock", "EthereumStratum", "rx/", "cn/"};
  constexpr std::array<std::string_view, 9> kWords{"login", "submit", "job", "getjob", "keepalived", "OK", "KEEPALIVED", "2.0", "true"};
  return std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](std::string_view p) { return value.starts_with(p); }) ||
         std::find(kWords.begin(), kWords.end(), value) != kWords.end();
}

// Keys whose text values identify a person or open an account, whatever they look like.
bool is_personal(std::string_view key) {
  constexpr std::array<std::string_view, 9> kKeys{"login", "pass", "password", "worker", "user", "rigid", "wallet_address", "token", "site_key"};
  return std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end();
}

std::string json_value(std::string_view key, std::string_view value) {
  if (value.empty() || (is_vocabulary(value) && !is_personal(key))) return std::string(value);
  if (key == "agent") return std::string(value.substr(0, 64));
  const bool address_like = value.starts_with("0x") && value.size() == 42;
  if (!is_personal(key) && !address_like && is_hex(value))
    return value.size() <= 18 ? std::string(value) : std::string(value.substr(0, 16)) + "…";
  return "<" + std::to_string(value.size()) + " bytes>";
}

void append_printable(std::string& out, unsigned char c) {
  if (c >= 0x20 && c != 0x7f) {
    out.push_back(static_cast<char>(c));
  } else {
    constexpr std::array<char, 16> kDigits{'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
    out += "\\x";
    out.push_back(kDigits[c >> 4]);
    out.push_back(kDigits[c & 15]);
  }
}

// Cuts at `limit` bytes without splitting a UTF-8 sequence; bytes that are no UTF-8 become '?'.
std::string clean_utf8(std::string_view text, std::size_t limit) {
  std::string out;
  for (std::size_t i = 0; i < text.size() && out.size() < limit;) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
    bool valid = length != 0 && i + length <= text.size() && !(length == 2 && lead < 0xc2);
    for (std::size_t k = 1; valid && k < length; ++k) valid = (static_cast<unsigned char>(text[i + k]) & 0xc0) == 0x80;
    if (valid && length >= 3) {
      const auto second = static_cast<unsigned char>(text[i + 1]);
      valid = !(lead == 0xe0 && second < 0xa0) && !(lead == 0xed && second >= 0xa0) && !(lead == 0xf0 && second < 0x90) &&
              !(lead == 0xf4 && second >= 0x90) && lead < 0xf5;
    }
    if (!valid) {
      out.push_back('?');
      ++i;
      continue;
    }
    if (out.size() + length > limit) break;
    if (length == 1)
      append_printable(out, lead);
    else
      out.append(text.substr(i, length));
    i += length;
  }
  return out;
}

}  // namespace

std::string Redactor::json_excerpt(std::string_view excerpt) const {
  std::string out, key;
  for (std::size_t i = 0; i < excerpt.size() && out.size() < kMaxExcerpt;) {
    if (excerpt[i] != '"') {
      out.push_back(excerpt[i++]);
      continue;
    }
    std::size_t end = i + 1;
    while (end < excerpt.size() && excerpt[end] != '"') end += excerpt[end] == '\\' ? 2 : 1;
    const bool cut = end >= excerpt.size();
    const std::string_view value = excerpt.substr(i + 1, std::min(end, excerpt.size()) - i - 1);
    std::size_t after = cut ? excerpt.size() : end + 1;
    while (after < excerpt.size() && (excerpt[after] == ' ' || excerpt[after] == '\t')) ++after;
    const bool is_key = after < excerpt.size() && excerpt[after] == ':';
    out.push_back('"');
    if (is_key) {
      key = value;
      out += value.substr(0, 64);
    } else {
      out += json_value(key, value);
    }
    if (!cut) out.push_back('"');
    // A text in an array belongs to no key of its own.
    if (!is_key && after < excerpt.size() && excerpt[after] == '}') key.clear();
    i = cut ? excerpt.size() : end + 1;
  }
  return clean_utf8(out, kMaxExcerpt);
}

std::string Redactor::text_excerpt(std::string_view excerpt) const {
  std::string text(excerpt.substr(0, kMaxExcerpt));
  for (const Wallet& wallet : find_wallets(excerpt.substr(0, kMaxExcerpt)))
    if (wallet.end - wallet.begin > kPrefix)
      std::fill(text.begin() + static_cast<std::ptrdiff_t>(wallet.begin + kPrefix), text.begin() + static_cast<std::ptrdiff_t>(wallet.end), '*');
  for (std::size_t at = text.find('@'); at != std::string::npos; at = text.find('@', at + 1)) {
    std::size_t start = at;
    while (start > 0 && (std::isalnum(static_cast<unsigned char>(text[start - 1])) != 0 || text[start - 1] == '.' || text[start - 1] == '_' || text[start - 1] == '-'))
      text[--start] = '*';
  }
  return clean_utf8(text, kMaxExcerpt);
}

std::string Redactor::prefix(std::string_view worker) const {
  if (worker.empty()) return "";
  return clean_utf8(worker, std::min(kPrefix, worker.size() / 2 + 1)) + "…";
}

std::string Redactor::reference(std::string_view worker) const {
  if (worker.empty() || key_.empty()) return "";
  return "hmac-sha256:" + to_hex(Bytes(hmac_sha256(as_bytes(key_), as_bytes(worker))).first(16));
}

Subject Redactor::subject(const Subject& original) const {
  Subject redacted = original;
  redacted.attribution_proof = text_excerpt(redacted.attribution_proof);
  for (RivalHolder& rival : redacted.rivals) rival.proof = text_excerpt(rival.proof);
  for (AttributionDoubt& doubt : redacted.doubts) doubt.what = text_excerpt(doubt.what);
  return redacted;
}

Finding Redactor::finding(const Finding& original) const {
  Finding redacted = original;
  for (std::string& match : redacted.matches) match = !match.empty() && (match[0] == '{' || match[0] == '[') ? json_excerpt(match) : text_excerpt(match);
  if (redacted.process) {
    for (std::string& argument : redacted.process->arguments) argument = text_excerpt(argument);
    redacted.process->environment_keys.clear();
  }
  if (redacted.mining) {
    redacted.mining->worker = prefix(redacted.mining->worker);
    redacted.mining->agent = text_excerpt(redacted.mining->agent);
  }
  return redacted;
}

}  // namespace scanner

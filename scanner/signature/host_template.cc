#include "scanner/signature/host_template.h"

#include <algorithm>
#include <bitset>

namespace scanner {
namespace {

constexpr std::size_t kMaxHost = 253;
// The longest text that each placeholder stands for, and its shortest.
constexpr std::size_t kMaxCoin = 10, kMaxRegion = 21, kMinWord = 2, kMaxDigits = 3;

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_host_char(char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.'; }

bool is_coin(std::string_view text) {
  return text.size() >= kMinWord && text.size() <= kMaxCoin && is_letter(text[0]) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

bool is_region(std::string_view text) {
  const std::size_t hyphen = text.find('-');
  const std::string_view first = text.substr(0, hyphen);
  const std::string_view second = hyphen == std::string_view::npos ? std::string_view() : text.substr(hyphen + 1);
  if (first.size() < kMinWord || first.size() > 12 || second.size() > 8 || (hyphen != std::string_view::npos && second.empty())) return false;
  return std::all_of(first.begin(), first.end(), is_letter) && std::all_of(second.begin(), second.end(), is_letter);
}

}  // namespace

std::optional<HostTemplate> HostTemplate::parse(std::string_view text) {
  const std::size_t last = text.rfind('}');
  const std::size_t dot = last == std::string_view::npos ? last : text.find('.', last);
  if (dot == std::string_view::npos || text.size() > kMaxHost) return std::nullopt;
  HostTemplate made;
  made.domain_ = text.substr(dot + 1);
  const std::string_view domain = made.domain_;
  if (domain.find('.') == std::string_view::npos || domain.find("..") != std::string_view::npos || domain.front() == '.' || domain.back() == '.') return std::nullopt;
  if (!std::all_of(domain.begin(), domain.end(), is_host_char)) return std::nullopt;
  std::string_view rest = text.substr(0, dot);
  while (!rest.empty()) {
    if (made.parts_.size() == kMaxParts) return std::nullopt;
    if (rest[0] != '{') {
      const std::string_view plain = rest.substr(0, rest.find('{'));
      if (!std::all_of(plain.begin(), plain.end(), is_host_char)) return std::nullopt;
      made.parts_.push_back({Kind::Text, std::string(plain)});
      rest.remove_prefix(plain.size());
      continue;
    }
    const std::size_t end = rest.find('}');
    const std::string_view word = rest.substr(1, end == std::string_view::npos ? end : end - 1);
    if (end == std::string_view::npos || (word != "coin" && word != "region" && word != "n")) return std::nullopt;
    made.parts_.push_back({word == "coin" ? Kind::Coin : word == "region" ? Kind::Region : Kind::Number, {}});
    rest.remove_prefix(end + 1);
  }
  return made;
}

bool HostTemplate::fits(std::string_view prefix, std::span<const std::string> not_words) const {
  if (prefix.size() > kMaxHost) return false;
  const auto stands_for = [&](Kind kind, std::string_view text) {
    if (kind == Kind::Number) return std::all_of(text.begin(), text.end(), is_digit);
    if (kind == Kind::Coin ? !is_coin(text) : !is_region(text)) return false;
    return !std::binary_search(not_words.begin(), not_words.end(), text);
  };
  // Where the parts so far may end; each part moves every such place on.
  std::bitset<kMaxHost + 1> ends;
  ends.set(0);
  for (const Part& part : parts_) {
    std::bitset<kMaxHost + 1> next;
    const std::size_t longest = part.kind == Kind::Coin ? kMaxCoin : part.kind == Kind::Region ? kMaxRegion : kMaxDigits;
    for (std::size_t i = 0; i <= prefix.size(); ++i) {
      if (!ends.test(i)) continue;
      if (part.kind == Kind::Text) {
        if (prefix.substr(i).starts_with(part.text)) next.set(i + part.text.size());
        continue;
      }
      for (std::size_t length = 0; length <= longest && i + length <= prefix.size(); ++length)
        if (stands_for(part.kind, prefix.substr(i, length))) next.set(i + length);
    }
    ends = next;
  }
  return ends.test(prefix.size());
}

}  // namespace scanner

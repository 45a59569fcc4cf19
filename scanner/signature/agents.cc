#include "scanner/signature/agents.h"

#include "scanner/model/letters.h"

#include <algorithm>

namespace scanner {
namespace {

constexpr std::size_t kMaxVersion = 32;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return (lower(c) >= 'a' && lower(c) <= 'z') || is_digit(c); }

}  // namespace

bool begins_with_agent(std::string_view text, std::string_view name) {
  if (name.empty() || text.size() < name.size()) return false;
  if (!std::equal(name.begin(), name.end(), text.begin(), [](char a, char b) { return a == lower(b); })) return false;
  if (text.size() == name.size()) return true;
  const char next = text[name.size()];
  // "xmrig-exporter" is another program, "nanominer-3.9" is not.
  if (next == '-' || next == '_') return text.size() > name.size() + 1 && (is_digit(text[name.size() + 1]) || lower(text[name.size() + 1]) == 'v');
  return !is_word(next) && next != '.';
}

std::string_view version_behind(std::string_view text, std::size_t name_length) {
  std::string_view rest = text.substr(std::min(name_length, text.size()));
  if (rest.empty() || std::string_view("/ -_").find(rest[0]) == std::string_view::npos) return {};
  rest.remove_prefix(1);
  if (!rest.empty() && lower(rest[0]) == 'v') rest.remove_prefix(1);
  if (rest.empty() || !is_digit(rest[0])) return {};
  std::size_t length = 0;
  while (length < rest.size() && length < kMaxVersion && (is_word(rest[length]) || std::string_view(".+_-").find(rest[length]) != std::string_view::npos)) ++length;
  return rest.substr(0, length);
}

}  // namespace scanner

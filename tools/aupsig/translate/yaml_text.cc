#include "tools/aupsig/translate/yaml_text.h"

#include "scanner/model/letters.h"

#include <algorithm>

namespace scanner {
namespace {

bool is_word(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, lowered(text)) != words.end();
}

// Letters, digits and a few marks, such that no reader takes it for anything but a text.
bool is_plain(std::string_view text, bool in_list) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ' || text.back() == ':') return false;
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view(" ._/-,:+=()").find(c) != std::string_view::npos; };
  if (!std::ranges::all_of(text, plain) || std::string_view("-:,=").find(text.front()) != std::string_view::npos) return false;
  if (is_word(text, {"true", "false", "yes", "no", "on", "off", "null", "y", "n"})) return false;
  if (text.find_first_not_of("0123456789.eE+-_xXoO") == std::string_view::npos) return false;
  if (text.find(": ") != std::string_view::npos) return false;
  return !in_list || text.find(',') == std::string_view::npos;
}

}  // namespace

std::string yaml_scalar(std::string_view text, bool in_list) {
  const bool printable = std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; });
  if (printable && is_plain(text, in_list)) return std::string(text);
  std::string quoted;
  if (printable) {
    for (const char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
    return "'" + quoted + "'";
  }
  static constexpr char kDigits[] = "0123456789abcdef";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') quoted += {'\\', c};
    else if (c == '\n') quoted += "\\n";
    else if (c == '\r') quoted += "\\r";
    else if (c == '\t') quoted += "\\t";
    else if (byte < ' ' || byte == 127) quoted += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
    else quoted.push_back(c);
  }
  return "\"" + quoted + "\"";
}

std::string yaml_list(const std::vector<std::string>& texts) {
  std::string list = "[";
  for (std::size_t i = 0; i < texts.size(); ++i) list += (i == 0 ? "" : ", ") + yaml_scalar(texts[i], true);
  return list + "]";
}

}  // namespace scanner

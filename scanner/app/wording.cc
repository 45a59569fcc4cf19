#include "scanner/app/wording.h"

#include "scanner/model/utf8.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace scanner {
namespace {

struct Range {
  char32_t first, last;
};

template <std::size_t N>
bool within(const std::array<Range, N>& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(), [c](const Range& range) { return c >= range.first && c <= range.last; });
}

// Unicode's combining marks, by block; rarer ones may be counted as one column too many.
constexpr std::array<Range, 7> kCombining{{{0x300, 0x36f}, {0x483, 0x489}, {0x591, 0x5bd}, {0x64b, 0x65f}, {0x1ab0, 0x1aff}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}}};
// East Asian Width W and F, by block.
constexpr std::array<Range, 9> kWide{{{0x1100, 0x115f}, {0x2e80, 0xa4cf}, {0xac00, 0xd7a3}, {0xf900, 0xfaff}, {0xfe30, 0xfe6f}, {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1f9ff}, {0x20000, 0x3fffd}}};

std::size_t columns(char32_t c) { return within(kCombining, c) ? 0 : within(kWide, c) ? 2 : 1; }

template <typename... Values>
std::string format(const char* pattern, Values... values) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), pattern, values...);
  return text.data();
}

std::string three_digits(double value) { return format(value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f", value); }

}  // namespace

std::string count_text(std::uint64_t value) {
  std::string text = std::to_string(value);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

std::string plural(std::uint64_t value, std::string_view one, std::string_view many) {
  return count_text(value) + " " + std::string(value == 1 ? one : many);
}

std::string quantity_text(double value, std::string_view unit) {
  constexpr std::array<const char*, 8> kPrefixes{"", "k", "M", "G", "T", "P", "E", "Z"};
  if (!std::isfinite(value) || value <= 0) return "0 " + std::string(unit);
  std::size_t prefix = 0;
  // 999.6 is written as 1.00 k, not as 1000.
  while (value >= 999.5 && prefix + 1 < kPrefixes.size()) {
    value /= 1000;
    ++prefix;
  }
  return three_digits(value) + " " + kPrefixes[prefix] + std::string(unit);
}

std::string bytes_text(std::uint64_t bytes) {
  return bytes < 1000 ? std::to_string(bytes) + " B" : quantity_text(static_cast<double>(bytes), "B");
}

std::string hash_rate_text(double rate) { return rate > 0 && std::isfinite(rate) ? quantity_text(rate, "H/s") : ""; }

std::string duration_text(Duration duration) {
  const std::int64_t seconds = duration.count() / 1'000'000'000;
  const auto two = [](std::int64_t big, const char* unit, std::int64_t small, const char* small_unit) {
    const std::string text = std::to_string(big) + " " + unit;
    return small == 0 ? text : text + " " + std::to_string(small) + " " + small_unit;
  };
  if (duration.count() < 1'000'000'000) return std::to_string(duration.count() / 1'000'000) + " ms";
  if (seconds < 10) return format("%.1f s", static_cast<double>(duration.count()) / 1e9);
  if (seconds < 60) return std::to_string(seconds) + " s";
  if (seconds < 3600) return two(seconds / 60, "min", seconds % 60, "s");
  if (seconds < 86400) return two(seconds / 3600, "h", seconds % 3600 / 60, "min");
  return two(seconds / 86400, "d", seconds % 86400 / 3600, "h");
}

std::string time_text(Timestamp at) {
  std::string text = to_rfc3339(at).substr(0, 19);
  text[10] = ' ';
  return text;
}

std::string window_text(Timestamp first, Timestamp last) {
  const std::string from = time_text(first), to = time_text(last);
  if (first == last) return from + " UTC";
  const bool same_day = from.substr(0, 10) == to.substr(0, 10);
  return from + " to " + (same_day ? to.substr(11) : to) + " UTC (" + duration_text(last - first) + ")";
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const CodePoint c = decode_one(text);
    if (c.value == 0xfffd || !is_printable(c.value))
      out.push_back('?');
    else
      out.append(text.substr(0, c.length));
    text.remove_prefix(c.length);
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const CodePoint c = decode_one(text);
    width += columns(c.value);
    text.remove_prefix(c.length);
  }
  return width;
}

std::string fitted(std::string_view text, std::size_t width) {
  const std::size_t whole = display_width(text);
  if (whole <= width) return std::string(text) + std::string(width - whole, ' ');
  std::string out;
  std::size_t used = 0;
  while (!text.empty()) {
    const CodePoint c = decode_one(text);
    if (used + columns(c.value) + 1 > width) break;
    out.append(text.substr(0, c.length));
    used += columns(c.value);
    text.remove_prefix(c.length);
  }
  if (used < width) {
    out += "…";
    ++used;
  }
  return out + std::string(width - used, ' ');
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && display_width(line) + 1 + display_width(word) > width) {
      lines.push_back(std::move(line));
      line.clear();
    }
    if (!line.empty()) line.push_back(' ');
    line.append(word);
  }
  if (!line.empty() || lines.empty()) lines.push_back(std::move(line));
  return lines;
}

std::string agent_text(std::string_view told, std::string_view family, std::string_view version) {
  if (told.empty()) return "";
  if (family.empty()) return "\"" + std::string(told.substr(0, 64)) + "\", not a known program";
  return std::string(family) + (version.empty() ? "" : " " + std::string(version));
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:=,+@%";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) return std::string(text);
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else
      out.push_back(c);
  }
  return out + "'";
}

std::string joined(const std::vector<std::string>& texts, std::string_view between) {
  std::string all;
  for (const std::string& text : texts) all.append(all.empty() ? "" : between).append(text);
  return all;
}

}  // namespace scanner

#include "tools/aupsig/hex_view.h"

#include "scanner/app/wording.h"

#include <algorithm>

namespace scanner {
namespace {

constexpr std::size_t kWidth = 16;
constexpr std::string_view kDigits = "0123456789abcdef";

std::string hex(std::uint64_t value, std::size_t digits) {
  std::string out(digits, '0');
  for (std::size_t i = digits; i-- > 0; value >>= 4) out[i] = kDigits[value & 15];
  return out;
}

}  // namespace

std::vector<std::string> hex_view(std::string_view bytes, std::uint64_t offset, std::size_t max_lines) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < bytes.size(); at += kWidth) {
    if (lines.size() == max_lines) {
      lines.push_back("          and " + plural(bytes.size() - at, "byte", "bytes") + " more");
      break;
    }
    const std::string_view row = bytes.substr(at, kWidth);
    std::string line = hex(offset + at, 8) + " ", characters;
    for (std::size_t i = 0; i < kWidth; ++i) {
      if (i == kWidth / 2) line += ' ';
      line += i < row.size() ? ' ' + hex(static_cast<std::uint8_t>(row[i]), 2) : std::string("   ");
      if (i < row.size()) characters += row[i] >= 0x20 && row[i] < 0x7f ? row[i] : '.';
    }
    lines.push_back(line + "  |" + characters + "|");
  }
  return lines;
}

}  // namespace scanner

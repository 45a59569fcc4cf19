// The day by this machine's clock, in UTC: what commands note where they are told no other.
#pragma once

#include <array>
#include <ctime>
#include <string>

namespace scanner {

inline std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 16> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts);
  return text.data();
}

}  // namespace scanner

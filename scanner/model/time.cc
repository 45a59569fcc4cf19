#include "scanner/model/time.h"

#include <array>
#include <cstdio>

namespace scanner {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day) {
  return std::chrono::sys_days(std::chrono::year(static_cast<int>(year)) / static_cast<int>(month) / static_cast<int>(day))
      .time_since_epoch()
      .count();
}

bool two_digits(std::string_view text, std::size_t at, unsigned max, unsigned& value) {
  if (at + 2 > text.size() || text[at] < '0' || text[at] > '9' || text[at + 1] < '0' || text[at + 1] > '9') return false;
  value = static_cast<unsigned>(text[at] - '0') * 10 + static_cast<unsigned>(text[at + 1] - '0');
  return value <= max;
}

}  // namespace

std::string to_rfc3339(Timestamp at) {
  const std::int64_t fraction = ((at.ns % kSecond) + kSecond) % kSecond;
  const std::int64_t seconds = (at.ns - fraction) / kSecond;
  const std::int64_t second_of_day = ((seconds % 86400) + 86400) % 86400;
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days((seconds - second_of_day) / 86400))};
  std::array<char, 48> text{};
  const int length = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%09dZ", static_cast<int>(date.year()),
                                   static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                   static_cast<int>(second_of_day / 3600), static_cast<int>(second_of_day / 60 % 60),
                                   static_cast<int>(second_of_day % 60), static_cast<int>(fraction));
  return {text.data(), static_cast<std::size_t>(length)};
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  unsigned century = 0, year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (text.size() < 20 || !two_digits(text, 0, 99, century) || !two_digits(text, 2, 99, year) || text[4] != '-' ||
      !two_digits(text, 5, 12, month) || text[7] != '-' || !two_digits(text, 8, 31, day) || (text[10] != 'T' && text[10] != 't' && text[10] != ' ') ||
      !two_digits(text, 11, 23, hour) || text[13] != ':' || !two_digits(text, 14, 59, minute) || text[16] != ':' ||
      !two_digits(text, 17, 60, second) || month == 0 || day == 0)
    return std::nullopt;
  std::size_t at = 19;
  std::int64_t fraction = 0;
  if (text[at] == '.') {
    std::int64_t unit = kSecond / 10;
    const std::size_t digits_start = ++at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) fraction += (text[at] - '0') * unit;
    if (at == digits_start || at - digits_start > 9) return std::nullopt;
  }
  std::int64_t offset_seconds = 0;
  if (at >= text.size()) return std::nullopt;
  if (text[at] == 'Z' || text[at] == 'z') {
    ++at;
  } else if (text[at] == '+' || text[at] == '-') {
    unsigned offset_hour = 0, offset_minute = 0;
    if (!two_digits(text, at + 1, 23, offset_hour) || at + 3 >= text.size() || text[at + 3] != ':' ||
        !two_digits(text, at + 4, 59, offset_minute))
      return std::nullopt;
    offset_seconds = static_cast<std::int64_t>(offset_hour) * 3600 + static_cast<std::int64_t>(offset_minute) * 60;
    if (text[at] == '-') offset_seconds = -offset_seconds;
    at += 6;
  }
  if (at != text.size()) return std::nullopt;
  const std::int64_t year_number = static_cast<std::int64_t>(century) * 100 + year;
  // Outside these years nanoseconds do not fit 64 bits.
  if (year_number < 1678 || year_number > 2261) return std::nullopt;
  const std::int64_t seconds = days_from_civil(year_number, month, day) * 86400 + static_cast<std::int64_t>(hour) * 3600 +
                               static_cast<std::int64_t>(minute) * 60 + static_cast<std::int64_t>(second) - offset_seconds;
  return Timestamp{seconds * kSecond + fraction};
}

}  // namespace scanner

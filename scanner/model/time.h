// Time as the scanner knows it: what the packet or the record says, never a clock.
//
// A Timestamp counts nanoseconds since 1970-01-01T00:00:00Z, leap seconds ignored, as
// capture files do. The core reads no clock; "now" is the engine time, the running
// maximum of the timestamps that it was fed.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace scanner {

using Duration = std::chrono::nanoseconds;

struct Timestamp {
  std::int64_t ns = 0;

  friend constexpr auto operator<=>(Timestamp, Timestamp) = default;
  friend constexpr Timestamp operator+(Timestamp t, Duration d) { return {t.ns + d.count()}; }
  friend constexpr Timestamp operator-(Timestamp t, Duration d) { return {t.ns - d.count()}; }
  friend constexpr Duration operator-(Timestamp a, Timestamp b) { return Duration(a.ns - b.ns); }
};

// "2026-01-02T03:04:05.678901234Z": always UTC, always nine digits, so that text order
// is time order.
std::string to_rfc3339(Timestamp at);

// Reads RFC 3339 with up to nine fractional digits and "Z" or a numeric offset.
std::optional<Timestamp> parse_rfc3339(std::string_view text);

}  // namespace scanner

// Numbers, times and foreign text as a person reads them. Pure.
#pragma once

#include "scanner/model/time.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

std::string count_text(std::uint64_t value);                             // "1,234,567"
std::string plural(std::uint64_t value, std::string_view one, std::string_view many);  // "1 flow", "2,000 flows"
std::string bytes_text(std::uint64_t bytes);                             // "812 B", "8.1 MB": powers of 1000
std::string hash_rate_text(double hashes_per_second);                    // "1.23 kH/s"; "" for none
std::string quantity_text(double value, std::string_view unit);          // "1.23 k" + unit, three digits, SI prefix
std::string duration_text(Duration duration);                            // "400 ms", "1.5 s", "10 min 3 s", "2 d 4 h"
std::string time_text(Timestamp at);                                     // "2026-01-02 03:04:05", UTC
std::string window_text(Timestamp first, Timestamp last);                // with how long it took

// Text from the network made safe for a terminal: control characters (C1 and the ones that
// turn the direction of writing among them) and bytes that are no UTF-8 become '?'.
std::string printable(std::string_view text);

// Columns that printable UTF-8 takes on a terminal: 2 for wide East Asian characters and
// emoji, 0 for combining marks.
std::size_t display_width(std::string_view text);
// Filled up with spaces, or cut with an ellipsis, to exactly `width` columns.
std::string fitted(std::string_view text, std::size_t width);
// Broken at spaces into lines of at most `width` columns; a longer word gets a line of its own.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

// "XMRig 6.21.0"; "\"xmr/1.0\", not a known program"; "" where nothing was told.
std::string agent_text(std::string_view told, std::string_view family, std::string_view version);

std::string joined(const std::vector<std::string>& texts, std::string_view between);

// As one word of a POSIX shell, quoted where that is needed.
std::string shell_word(std::string_view text);

}  // namespace scanner

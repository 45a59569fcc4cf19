// One row of a data set of hosts in the making, and what a name or an address must be to stand
// in one. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

struct PoolEntry {
  std::string host;  // a name in lower case, or an address
  std::vector<std::string> coins, ports, flags, sources;
  std::string pool, tier, added, first_seen, last_seen;
  bool address = false;
};

// Lower case, two labels or more, of letters, digits, "-" and "_", at most 63 bytes each and
// 253 together; the last label is no number.
bool is_listable_name(std::string_view text);
// "YYYY-MM-DD" of a day that there is; its number since 1970.
std::optional<int> day_number(std::string_view text);

// What a list calls a host ("Pool.Example.", "*.pool.example", "stratum+tcp://pool.example:3333/"),
// as an entry's host and port; or nothing and why it cannot be one: no name, a name of this host
// or network, an address that is not public.
std::optional<PoolEntry> entry_of(std::string_view text, std::string& problem);

// Tab-separated, as signatures/README.md has it; `dated`: with first_seen and last_seen.
std::string row_of(const PoolEntry& entry, bool dated);

void add_unique(std::vector<std::string>& list, std::string_view value);

}  // namespace scanner

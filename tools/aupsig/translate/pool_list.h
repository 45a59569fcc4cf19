// Lists of pools as others publish them, as rows of a data set. Pure; bounded by 64 MiB of text
// and a million entries.
#pragma once

#include "scanner/model/result.h"
#include "tools/aupsig/translate/pool_entry.h"

#include <string>
#include <string_view>
#include <vector>

namespace scanner {

enum class PoolFormat { Hosts, Csv, Adblock, Misp };

struct PoolRefusal {
  int line = 0;      // 0: the format has no lines
  std::string text;  // what stood there, shortened
  std::string why;
};

struct PoolList {
  std::vector<PoolEntry> entries;  // each host once, in the order of its first place
  std::vector<PoolRefusal> refused;
  std::size_t repeated = 0;        // places of a host that was there already
};

// hosts:   "0.0.0.0 name [name…]", or a name or address a line; "#" begins a comment
// csv:     with a head that names a column host, hostname, domain, address, ip or value; others
//          may be coin(s), pool or name, port(s), first_seen, last_seen
// adblock: "||name^"; exceptions, element rules and rules about pages are refused one by one
// misp:    an event, a list of events or of attributes: domain, hostname, ip-dst, domain|ip,
//          hostname|port, ip-dst|port, url without a path; a warning list is refused
// An Error: the text as a whole is none of that form.
Result<PoolList> read_pool_list(PoolFormat format, std::string_view text);

}  // namespace scanner

// What a data set knows of a listed name, as far as a reviewer may want it.
#pragma once

#include <cstdint>
#include <string>

namespace scanner {

struct ListContext {
  std::string list, entry;  // the data set and what stands in it: a name, an address or a template
  std::string pool, coin;   // "" where the list does not say; of several coins the likeliest
  std::string tier;         // "A", "B", …
  std::string sources;      // who lists it, parted by commas
  std::string last_seen;    // ISO date on which it was last known to be true
  std::int64_t age_days = 0;  // from then to the event, in event time; 0 where the event is older
  double confidence = 0;    // 0..1: by tier and age
  bool expired = false;     // older than its set allows: context only
  bool popular = false;     // people browse it: wants a second signal
  bool by_template = false; // it is not listed itself, it looks like the pool's hosts
};

}  // namespace scanner

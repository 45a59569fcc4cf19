// A short list of what is kept apart, such as the ports of a source: one more than `most` takes
// the place of the one that matters least.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace scanner {

// The entry for which `is` holds; else a new one behind the others. `less`: which of two matters less.
template <typename Entry, typename Is, typename Less>
Entry& obtain_of(std::vector<Entry>& entries, std::size_t most, Is is, Less less) {
  const auto found = std::find_if(entries.begin(), entries.end(), is);
  if (found != entries.end()) return *found;
  if (entries.size() >= most) entries.erase(std::min_element(entries.begin(), entries.end(), less));
  return entries.emplace_back();
}

}  // namespace scanner

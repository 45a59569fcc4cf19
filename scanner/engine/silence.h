// The kill switch (terms 4.6): signatures, dialects and detectors that a person switched off.
//
// What is named concludes nothing: its findings are withdrawn from open incidents and new ones
// do not count. With `all` no detector is asked; open incidents end in their time. Flows,
// conversations and processes are followed all the same, so that switching back loses nothing
// of what is known.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace scanner {

struct Silence {
  bool all = false;  // every detector
  std::set<std::string, std::less<>> names;  // ids: Finding::source, or a detector's (detector_names())

  bool covers(std::string_view name) const { return all || names.contains(name); }
  bool any() const { return all || !names.empty(); }
  friend bool operator==(const Silence&, const Silence&) = default;
};

}  // namespace scanner

// Which process: a value that no other process ever has.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace scanner {

// A process for as long as it lives. The pid alone is reused within seconds; the start
// time (ns since the epoch) and the boot it belongs to tell two apart.
struct ProcessId {
  std::string boot;  // the kernel's boot id; empty where only one boot is in play
  std::int64_t start_ns = 0;
  std::int32_t pid = 0;

  friend auto operator<=>(const ProcessId&, const ProcessId&) = default;
};

}  // namespace scanner

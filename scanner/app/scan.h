// aupscan scan: one look at this host's processes, their sockets and what they use.
#pragma once

#include "scanner/app/options.h"
#include "scanner/io/host_watch.h"
#include "scanner/model/breach_event.h"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace scanner {

// What a look covered, so that "nothing found" can be believed.
struct ScanCoverage {
  std::set<ProcessId> processes;
  std::uint64_t sockets = 0, usage_samples = 0;
  std::uint64_t unread_images = 0, unread_arguments = 0;  // processes of which that could not be read
  Duration looked{};
  std::string source;              // "netlink"
  std::vector<std::string> notes;  // of the source
  bool root = true;

  void count(const HostRecord& record);
};

// For a person: an entry a process that was found, then what was covered.
std::string scan_table(const std::vector<const BreachEvent*>& incidents, const ScanCoverage& coverage, std::size_t width);

// Exit codes as replay's.
ExitCode scan(const ScanOptions& options);

}  // namespace scanner

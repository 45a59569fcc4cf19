// Packs into an agent's directory and into force, and back.
#pragma once

#include "scanner/app/options.h"
#include "tools/aupsig/pack_place.h"

#include <cstdint>
#include <string>

namespace scanner {

struct InstallOptions {
  PackPlaceOptions place;
  std::string pack;
  std::string signature;  // file; "": PACK.minisig
  bool allow_downgrade = false;
  std::uint64_t confirm_seconds = 0;  // 0: at once and for good
};

struct RollbackOptions {
  PackPlaceOptions place;
  std::string to;  // a version or the beginning of an id; "": the last good one
};

// Done: in force (or in place, where nobody was to be asked). Partial: in place, and the agent was
// not reached. Found: refused, by us or by the agent, and nothing changed. Usage: a file, or the
// directory, cannot be read or written.
ExitCode install(const InstallOptions& options);
ExitCode confirm(const PackPlaceOptions& options);
ExitCode rollback(const RollbackOptions& options);

}  // namespace scanner

// A signature's way: experimental → shadow → active → deprecated, each step with its evidence.
#pragma once

#include "scanner/app/options.h"
#include "scanner/signature/signature.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace scanner {

struct PromoteOptions {
  std::string signature;              // its id
  SignatureStatus to = SignatureStatus::Shadow;
  std::string pack;                   // directory of signatures; "": the one that comes with the program
  std::vector<std::string> baseline;  // captures, or directories of them, of known-good traffic
  std::vector<std::string> counts;    // what `aupscan ctl status --json` said, one file an agent
  unsigned days = 7;                  // that shadow counts must span, all agents together
  bool dry_run = false;               // tells and changes nothing
};

// Done: the status is changed (or would be). Found: evidence is missing; all that is missing is told.
// Usage: something cannot be read or written. A step back needs no evidence.
ExitCode promote(const PromoteOptions& options);

// The file's text with another status and the next revision, and not a byte else changed. Nothing
// where there are no two such lines at the top level.
std::optional<std::string> with_status(const std::string& text, SignatureStatus status, std::uint32_t revision);

}  // namespace scanner

// Signatures written as rules of other programs.
#pragma once

#include "tools/aupsig/command.h"

#include <cstdint>
#include <string>
#include <vector>

namespace scanner {

struct ExportOptions {
  std::string format;                   // "sigma" or "suricata"
  std::string pack;                     // directory; "": the one that comes with the program
  std::vector<std::string> signatures;  // ids, with "*"; empty: all
  std::string output;                   // directory; made where it is missing
  std::uint32_t first_sid = 1'000'000;  // of Suricata rules
  bool force = false, json = false;
};

// Done; Partial where a signature could not be written so; Usage where the pack does not load,
// no signature is meant, none could be written, or a file may not be.
ExitCode export_rules(const ExportOptions& options);

}  // namespace scanner

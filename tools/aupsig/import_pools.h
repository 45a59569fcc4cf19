// A published list of pools → a data set of ours, with where it came from and how old it is.
#pragma once

#include "tools/aupsig/command.h"

#include <cstdint>
#include <string>

namespace scanner {

struct PoolImportOptions {
  std::string file, output;      // "-": standard input; output is a .tsv
  std::string format;            // "hosts", "csv", "adblock", "misp"
  std::string licence, source;   // of the list: both are needed
  std::string date;              // of the list, YYYY-MM-DD
  std::string name;              // of the data set; "": the output's file name
  std::string tier = "C";        // of names; addresses are D-ip, names on shared hosting X-shared
  std::string popular;           // file; "": the one that comes with the program
  std::uint32_t valid_days = 1825, half_life = 730;
  bool force = false, json = false;
};

// Done; Partial where lines were refused; Usage where nothing could be imported or written.
ExitCode import_pools(const PoolImportOptions& options);

}  // namespace scanner

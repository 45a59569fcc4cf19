// A directory of signatures, and what belongs to it, as one file that can be signed.
#pragma once

#include "scanner/app/options.h"

#include <cstdint>
#include <string>

namespace scanner {

struct PackOptions {
  std::string signatures;   // directory; "": the one that comes with the program
  std::string name = "aupscan";
  std::uint64_t version = 0;
  std::string date;         // "2026-11-30"; "": today (UTC), or SOURCE_DATE_EPOCH's day
  std::string declaration;  // file; "": none
  std::string exceptions;   // file; "": none
  std::string tests;        // directory; "": none
  std::string output;       // file; "": NAME-VERSION.aup here
};

// Done; Found where the signatures, their examples or another file have errors; Usage where something
// cannot be read or written. The same input gives the same bytes.
ExitCode pack(const PackOptions& options);

}  // namespace scanner

// What is in a pack, whether it is good, and what is installed where.
#pragma once

#include "scanner/app/options.h"
#include "tools/aupsig/pack_place.h"

#include <string>

namespace scanner {

struct VerifyPackOptions {
  std::string pack;
  std::string signature;           // file; "": PACK.minisig
  std::vector<std::string> trust;  // keys or files of keys
  std::string config;              // file whose packs.trusted_keys count; "": none
  bool json = false;
};
// Done: signed by a trusted key, whole, and its rules load. Found: refused, and why. Usage: nobody
// to trust was named, or it cannot be read.
ExitCode verify_pack(const VerifyPackOptions& options);

struct ShowOptions {
  std::string what;  // a pack or a directory of packs; "": the configuration's directory
  std::vector<std::string> trust;
  std::string config;
  bool json = false;
};
// Without a trusted key it says that signatures were not checked. Done; Found where something is
// refused; Usage where nothing can be read.
ExitCode show(const ShowOptions& options);

}  // namespace scanner

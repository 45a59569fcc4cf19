// Keys, and signatures of packs, in minisign's formats.
#pragma once

#include "scanner/app/options.h"

#include <string>

namespace scanner {

struct SignOptions {
  std::string pack;
  std::string key;              // file, mode 0600
  std::string comment;          // trusted; "": which pack it is
  std::string output;           // file; "": PACK.minisig
  std::string passphrase_file;  // "": the terminal is asked where the key is encrypted
};

// Done; Found where that is no pack; Usage where the key cannot be used or a file cannot be read or written.
ExitCode sign(const SignOptions& options);

struct KeygenOptions {
  std::string prefix;  // PREFIX.key and PREFIX.pub are made
  bool encrypt = false;
  std::string passphrase_file;
};

// Done, or Usage: nothing that is there is replaced.
ExitCode keygen(const KeygenOptions& options);

}  // namespace scanner

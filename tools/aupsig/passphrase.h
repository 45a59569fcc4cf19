// A passphrase from a file or from the terminal, where it is not shown.
#pragma once

#include "scanner/model/result.h"

#include <string>

namespace scanner {

// `file` "": asked on the terminal, twice where it is a new one. An Error: there is no terminal,
// the file is not its owner's alone, or the two differ.
Result<std::string> read_passphrase(const std::string& file, const std::string& prompt, bool twice);

}  // namespace scanner

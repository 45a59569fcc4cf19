// How every command says in one line that it cannot go on.
#pragma once

#include "scanner/app/options.h"

#include <string>

namespace scanner {

// "aupsig: WHY" on standard error, printable; `code` for the caller to end with.
ExitCode refuse(const std::string& why, ExitCode code = ExitCode::Usage);

}  // namespace scanner

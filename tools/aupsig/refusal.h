// How every command says that something is amiss, or that it cannot go on.
#pragma once

#include "scanner/app/options.h"

#include <string>

namespace scanner {

// "aupsig: WHAT" on standard error, each line of it printable.
void complain(const std::string& what);

// The same, and `code` for the caller to end with.
ExitCode refuse(const std::string& why, ExitCode code = ExitCode::Usage);

}  // namespace scanner

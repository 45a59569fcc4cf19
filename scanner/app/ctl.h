// aupscan ctl: asks a running agent over its Unix socket.
#pragma once

#include "scanner/app/options.h"

namespace scanner {

// 0: done; 1: refused, or no agent listens.
ExitCode ctl(const CtlOptions& options);

}  // namespace scanner

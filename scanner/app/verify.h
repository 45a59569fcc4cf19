// `aupscan verify`.
#pragma once

#include "scanner/app/options.h"

namespace scanner {

// Exit codes: Done, Usage (nothing could be read, a key is none), Partial (something was
// changed, cut or is missing), Unexpected (replayed evidence shows something else).
ExitCode verify(const VerifyOptions& options);

}  // namespace scanner

// aupscan replay: captures in, events out.
#pragma once

#include "scanner/app/options.h"

namespace scanner {

ExitCode replay(const ReplayOptions& options);

}  // namespace scanner

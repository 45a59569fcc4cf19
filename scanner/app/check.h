// aupscan check: are the signatures, the declaration and the configuration sound?
#pragma once

#include "scanner/app/options.h"

namespace scanner {

ExitCode check(const CheckOptions& options);

}  // namespace scanner

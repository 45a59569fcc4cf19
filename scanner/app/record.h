// aupscan record: this host's packets, processes and usage, into a recording that replay takes.
#pragma once

#include "scanner/app/options.h"

namespace scanner {

ExitCode record(const RecordOptions& options);

}  // namespace scanner

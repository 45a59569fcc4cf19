// News by looking at /proc again and again: works everywhere, and misses what lives shorter
// than the interval.
#pragma once

#include "scanner/io/host_survey.h"

#include <memory>

namespace scanner {

Result<std::unique_ptr<HostWatch>> open_poll_watch(const HostWatchOptions& options);

}  // namespace scanner

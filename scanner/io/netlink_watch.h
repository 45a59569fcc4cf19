// News by the kernel's process connector: every execution and end is told within a fraction of
// a millisecond, arguments are read from /proc at once. What ends within that time is counted
// as incomplete. After an overflow, of which the kernel tells that and not how much, everything
// is read anew. Sockets are asked for every `poll_every`.
#pragma once

#include "scanner/io/host_watch.h"

#include <memory>

namespace scanner {

// Fails where the connector is not there (another network namespace than the first one), does
// not acknowledge (another pid namespace), or is not permitted.
Result<std::unique_ptr<HostWatch>> open_netlink_watch(const HostWatchOptions& options);

}  // namespace scanner

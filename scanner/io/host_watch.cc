#include "scanner/io/host_watch.h"

namespace scanner {

Result<WatchChoice> open_host_watch(const HostWatchOptions& options) {
  return fail("no source of processes is built in for " + options.proc);
}

}  // namespace scanner

#include "scanner/io/host_watch.h"

#include "scanner/io/netlink_watch.h"
#include "scanner/io/poll_watch.h"

namespace scanner {

Result<WatchChoice> open_host_watch(const HostWatchOptions& options) {
  WatchChoice choice;
  // Events of the kernel are about its own processes, whatever directory is looked at.
  const bool own_proc = options.proc == "/proc";
  if (options.allow_netlink && own_proc) {
    auto watch = open_netlink_watch(options);
    if (watch) {
      choice.watch = std::move(*watch);
      return choice;
    }
    choice.notes.push_back("netlink: " + watch.error().message);
  }
  auto watch = open_poll_watch(options);
  if (!watch) return tl::unexpected<Error>(watch.error());
  choice.watch = std::move(*watch);
  choice.notes.emplace_back("processes that live shorter than the interval of looking are missed");
  return choice;
}

}  // namespace scanner

#include "scanner/io/host_watch.h"

#include "scanner/io/ebpf_watch.h"
#include "scanner/io/netlink_watch.h"
#include "scanner/io/poll_watch.h"

namespace scanner {

Result<WatchChoice> open_host_watch(const HostWatchOptions& options) {
  struct Source {
    std::string_view name;
    bool allowed;
    Result<std::unique_ptr<HostWatch>> (*open)(const HostWatchOptions&);
  };
  // Events of the kernel are about its own processes, whatever directory is looked at.
  const bool own_proc = options.proc == "/proc";
  WatchChoice choice;
  for (const Source& source : {Source{"ebpf", options.allow_ebpf && own_proc, open_ebpf_watch},
                               Source{"netlink", options.allow_netlink && own_proc, open_netlink_watch}}) {
    if (!source.allowed) continue;
    auto watch = source.open(options);
    if (watch) {
      choice.watch = std::move(*watch);
      return choice;
    }
    choice.notes.push_back(std::string(source.name) + ": " + watch.error().message);
  }
  auto watch = open_poll_watch(options);
  if (!watch) return tl::unexpected<Error>(watch.error());
  choice.watch = std::move(*watch);
  choice.notes.emplace_back("poll: processes that live shorter than the interval of looking are missed");
  return choice;
}

}  // namespace scanner

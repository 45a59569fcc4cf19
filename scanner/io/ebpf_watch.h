// News by programs in the kernel (eBPF, CO-RE): every execution with all its arguments, however
// short it lives, every birth and end, and every TCP connection that a process opens, with its
// owner. What did not fit the ring buffer is counted exactly, and everything is read anew. The
// reader is woken only when much has gathered, and looks every `period()`.
//
// Whose an accepted connection is, is asked of /proc after it was accepted: what is closed
// within a second of that has no owner.
#pragma once

#include "scanner/io/host_watch.h"

#include <memory>

namespace scanner {

// Fails where it was not built in, the kernel has no type information (BTF), does not permit or
// not know the programs, or we are in another pid namespace than the first one.
Result<std::unique_ptr<HostWatch>> open_ebpf_watch(const HostWatchOptions& options);

}  // namespace scanner

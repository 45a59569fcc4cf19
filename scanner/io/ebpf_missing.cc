// Stands for ebpf_watch.cc where clang, bpftool or libbpf were missing when this was built.
#include "scanner/io/ebpf_watch.h"

namespace scanner {

Result<std::unique_ptr<HostWatch>> open_ebpf_watch(const HostWatchOptions&) {
  return fail("not built in (clang, bpftool and libbpf were not there)");
}

}  // namespace scanner

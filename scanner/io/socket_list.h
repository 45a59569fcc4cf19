// The sockets of a network namespace, as the kernel lists them: by inet_diag in our own, by
// /proc/PID/net in others (no descriptor of ours ever enters one).
#pragma once

#include "scanner/io/file_descriptor.h"
#include "scanner/io/proc_reader.h"
#include "scanner/process/proc_text.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace scanner {

class SocketList {
 public:
  static constexpr std::size_t kMaxSockets = 262144;  // of one namespace; what is beyond is left out

  // `own`: inode number of our own network namespace, 0: unknown, then all are read as text.
  explicit SocketList(std::uint64_t own) : own_(own) {}

  // TCP and UDP sockets of the namespace that the process is in. False where nothing could be
  // read: then the process may be gone.
  bool read(const ProcReader& proc, std::uint64_t network_namespace, std::int32_t pid, std::vector<ListedSocket>& sockets);

 private:
  bool ask(std::uint8_t family, IpProtocol protocol, std::vector<ListedSocket>& sockets);
  bool read_diag(std::vector<ListedSocket>& sockets);

  std::uint64_t own_;
  bool diag_works_ = true;
  FileDescriptor diag_;
  std::vector<std::uint8_t> buffer_;
};

}  // namespace scanner

// What the host says of its processes, sockets, usage and tenants: the non-packet half of
// the input. scanner/docs/recording.md gives the NDJSON form.
#pragma once

#include "scanner/model/address.h"
#include "scanner/model/time.h"

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace scanner {

// A process for as long as it lives. The pid alone is reused within seconds; the start
// time (ns since the epoch) and the boot it belongs to tell two apart.
struct ProcessId {
  std::string boot;  // the kernel's boot id; empty where only one boot is in play
  std::int64_t start_ns = 0;
  std::int32_t pid = 0;

  friend auto operator<=>(const ProcessId&, const ProcessId&) = default;
};

// A process that was started, replaced its image, or was found running.
struct ProcessStarted {
  ProcessId id;
  std::int32_t parent_pid = 0;
  std::string executable;             // path; " (deleted)" is not kept, see `deleted`
  std::vector<std::string> arguments;  // argv, raw bytes
  std::vector<std::string> environment_keys;
  std::string comm;  // the kernel's 15-byte name
  std::string cwd;
  std::string cgroup;
  std::string container;  // id, or empty
  std::string sha256;     // of the image, hex; empty where not computed
  std::uint32_t uid = 0;
  bool deleted = false;  // the image is no longer on disk
  bool memfd = false;    // the image never was
};

struct ProcessExited {
  ProcessId id;
};

// A socket and its owner, as the kernel tells it. `local` is the owner's end.
struct SocketOwned {
  ProcessId id;
  Endpoint local;
  Endpoint remote;
  IpProtocol protocol = IpProtocol::Tcp;
};

// CPU and memory of one process over a window that ends at the record's time.
struct UsageSample {
  ProcessId id;
  Duration window{};
  double cpu_cores = 0;         // 1.0: one core fully used
  std::uint64_t resident_bytes = 0;
};

// Whom an address belonged to from the record's time on.
struct Attributed {
  IpAddress address;
  std::string tenant;
  std::string instance;
  std::string method;  // how it is known: "config", "docker", …
  std::string proof;
};

struct HostRecord {
  Timestamp at;
  std::variant<ProcessStarted, ProcessExited, SocketOwned, UsageSample, Attributed> what;
};

}  // namespace scanner

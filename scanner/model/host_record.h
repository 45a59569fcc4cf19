// What the host says of its processes, sockets, usage and tenants: the non-packet half of
// the input. scanner/docs/recording.md gives the NDJSON form.
#pragma once

#include "scanner/model/address.h"
#include "scanner/model/attributed.h"
#include "scanner/model/process_id.h"
#include "scanner/model/time.h"

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace scanner {

// A process that was started, replaced its image, or was found running. What could not be
// learnt is empty or zero, and named in `unknown` where its absence would mislead.
struct ProcessStarted {
  ProcessId id;
  std::int32_t parent_pid = 0;
  std::string executable;             // path; " (deleted)" is not kept, see `deleted`
  std::vector<std::string> arguments;  // argv, raw bytes
  std::vector<std::string> environment_keys;
  // NAME and value of the few variables whose value tells how the program was loaded
  // (LD_PRELOAD, LD_LIBRARY_PATH, LD_AUDIT); of all others the value is never kept.
  std::vector<std::pair<std::string, std::string>> environment;
  std::string comm;  // the kernel's 15-byte name
  std::string cwd;
  std::string cgroup;
  std::string container;  // id, or empty
  std::string sha256;     // of the image, hex; empty where not computed (yet: see ImageFacts)
  std::string image_kind;  // "elf-static", "elf-dynamic", "script"; empty: something else, or not looked at
  std::string script;      // the file that was run, where the image is its interpreter
  std::string packer;      // "upx", or empty
  std::vector<std::string> image_strings;  // texts in the image that hold a listed word; at most 64 KiB together
  std::vector<std::string> unknown;  // keys of this record that could not be read: "executable", "arguments", …
  std::uint32_t uid = 0, gid = 0;    // effective
  std::int32_t session = 0;          // id of the session (setsid), 0: unknown
  std::uint64_t network_namespace = 0, pid_namespace = 0;  // inode numbers, 0: unknown
  bool terminal = false;       // has a controlling terminal
  bool arguments_cut = false;  // there were more than were read
  bool deleted = false;        // the image is no longer on disk
  bool memfd = false;          // the image never was
};

// What the image of a running process is, where that took longer to find out than its start.
// Says the same as the keys of the same name in ProcessStarted, and stands for them.
struct ImageFacts {
  ProcessId id;
  std::string sha256, image_kind, packer;
  std::vector<std::string> image_strings;
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
  std::uint64_t network_namespace = 0;  // inode number, 0: unknown; addresses count within it
  bool accepted = false;  // the owner answered; false: it connected, or nobody knows
};

// CPU and memory of one process over a window that ends at the record's time.
struct UsageSample {
  ProcessId id;
  Duration window{};
  double cpu_cores = 0;         // 1.0: one core fully used
  std::uint64_t resident_bytes = 0;
  std::uint64_t huge_page_bytes = 0;  // of explicit huge pages; 0 also where not asked for
};

// The same of a control group and all below it.
struct CgroupUsage {
  std::string cgroup;  // as in ProcessStarted
  Duration window{};
  double cpu_cores = 0;
  std::uint64_t resident_bytes = 0;
};

struct HostRecord {
  Timestamp at;
  std::variant<ProcessStarted, ImageFacts, ProcessExited, SocketOwned, UsageSample, CgroupUsage, Attributed, ContainerSeen> what;
};

}  // namespace scanner

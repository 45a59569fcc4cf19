// The text of the kernel's /proc files, as values. Nothing here opens a file: io/proc_reader.h
// does. A process chooses its own name, arguments and environment, so all of it is hostile
// input: whatever it holds gives a value or nothing, within the stated bounds.
#pragma once

#include "scanner/model/address.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scanner {

// /proc/PID/stat, the fields that are used (proc(5)). Without the right to trace the process
// the kernel shows zeros for the addresses.
struct ProcStat {
  std::int32_t pid = 0, parent = 0, session = 0, terminal = 0, threads = 0;
  std::string comm;  // may hold anything, parentheses and line breaks too
  char state = 0;    // 'R', 'S', 'D', 'Z' …
  std::uint64_t flags = 0;
  std::uint64_t user_ticks = 0, system_ticks = 0, start_ticks = 0;
  std::int64_t resident_pages = 0;
  std::uint64_t start_code = 0, start_stack = 0, argument_start = 0;

  bool is_kernel_thread() const;
  bool has_ended() const { return (state == 'Z' && threads <= 1) || state == 'X'; }
};
std::optional<ProcStat> parse_proc_stat(std::string_view text);

// /proc/PID/status: effective ids, and explicit huge pages in use.
struct ProcStatus {
  std::uint32_t uid = 0, gid = 0;
  std::uint64_t huge_page_bytes = 0;
};
std::optional<ProcStatus> parse_proc_status(std::string_view text);

// /proc/PID/cmdline: pieces that each end with a zero byte; a last one may lack it.
struct ProcArguments {
  static constexpr std::size_t kMax = 4096;
  std::vector<std::string> words;
  bool cut = false;  // there were more
};
ProcArguments split_arguments(std::string_view text, std::size_t max = ProcArguments::kMax);

// /proc/PID/environ: at most 256 names of at most 128 bytes, each once, in order; and the
// values (cut to 1024 bytes) of those few that tell how the program was loaded.
struct ProcEnvironment {
  std::vector<std::string> keys;
  std::vector<std::pair<std::string, std::string>> kept;
};
ProcEnvironment parse_environment(std::string_view text);

// /proc/PID/cgroup: one line a hierarchy. `controllers` is empty for the unified one (v2) and
// "name=systemd" for systemd's own; at most 32 lines.
struct CgroupPath {
  std::string controllers, path;
};
std::vector<CgroupPath> parse_proc_cgroup(std::string_view text);
// The path that says most: the unified hierarchy's, else systemd's, else the first other one
// that is not the root; "/" where all are, "" where there is none.
std::string main_cgroup(const std::vector<CgroupPath>& paths);

// /proc/PID/mountinfo: where control group hierarchies are mounted from their root on.
struct CgroupMount {
  std::string directory, controllers;  // "cpu,cpuacct"; "" for the unified hierarchy
};
std::vector<CgroupMount> parse_cgroup_mounts(std::string_view text);

// A socket as the kernel lists it. An inode of 0: no process holds it (any more).
struct ListedSocket {
  Endpoint local, remote;
  IpProtocol protocol = IpProtocol::Tcp;
  std::uint8_t state = 0;  // TCP's numbers: 1 established, 7 closed, 10 listening
  std::uint64_t inode = 0;
};
// One line of /proc/net/{tcp,tcp6,udp,udp6}; nothing for the heading.
std::optional<ListedSocket> parse_proc_net_line(std::string_view line, IpProtocol protocol);

// "socket:[123]", "net:[4026531840]": the number, where the link is of that kind.
std::optional<std::uint64_t> inode_of_link(std::string_view link, std::string_view kind);

// The number behind `key` at the start of a line ("btime 1764070000"), anywhere in the text.
std::optional<std::uint64_t> number_after(std::string_view text, std::string_view key);

}  // namespace scanner

#include "scanner/process/proc_text.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace scanner {
namespace {

constexpr std::uint64_t kKernelThread = 0x00200000;  // PF_KTHREAD
constexpr std::size_t kMaxCgroupLines = 32, kMaxCgroupPath = 1024;
constexpr std::size_t kMaxKeys = 256, kMaxKey = 128, kMaxValue = 1024;
constexpr std::array<std::string_view, 3> kKeptVariables{"LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT"};

std::string_view cut(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view piece = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return piece;
}

// The next word, and what is behind it.
std::string_view next_word(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
  rest.remove_prefix(word.size());
  return word;
}

template <typename Number>
bool read_number(std::string_view word, Number& number, int base = 10) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number, base);
  return error == std::errc() && end == word.data() + word.size() && !word.empty();
}


// The kernel prints 32-bit words of the address in the machine's byte order.
std::optional<IpAddress> address_of(std::string_view hex) {
  if (hex.size() != 8 && hex.size() != 32) return std::nullopt;
  std::array<std::uint8_t, 16> octets{};
  for (std::size_t word = 0; word < hex.size() / 8; ++word) {
    std::uint32_t value = 0;
    if (!read_number(hex.substr(word * 8, 8), value, 16)) return std::nullopt;
    for (std::size_t i = 0; i < 4; ++i) octets[word * 4 + i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
  return hex.size() == 8 ? IpAddress::v4(octets.data()) : IpAddress::v6(octets.data());
}

std::optional<Endpoint> endpoint_of(std::string_view text) {
  const std::string_view address = cut(text, ':');
  const auto parsed = address_of(address);
  Endpoint endpoint;
  if (!parsed || !read_number(text, endpoint.port, 16)) return std::nullopt;
  endpoint.address = *parsed;
  return endpoint;
}

}  // namespace

bool ProcStat::is_kernel_thread() const { return (flags & kKernelThread) != 0; }

std::optional<ProcStat> parse_proc_stat(std::string_view text) {
  const std::size_t open = text.find(" ("), close = text.rfind(") ");
  if (open == std::string_view::npos || close == std::string_view::npos || close < open + 2) return std::nullopt;
  ProcStat stat;
  if (!read_number(text.substr(0, open), stat.pid) || stat.pid <= 0) return std::nullopt;
  stat.comm = text.substr(open + 2, std::min<std::size_t>(close - open - 2, 64));
  std::string_view rest = text.substr(close + 2);
  rest = rest.substr(0, rest.find('\n'));
  const std::string_view state = next_word(rest);
  if (state.size() != 1) return std::nullopt;
  stat.state = state[0];
  constexpr int kFirst = 4, kLast = 48;  // numbered as in proc(5)
  for (int field = kFirst; field <= kLast; ++field) {
    const std::string_view word = next_word(rest);
    if (word.empty()) return field > 24 ? std::optional(stat) : std::nullopt;
    bool good = true;
    switch (field) {
      case 4: good = read_number(word, stat.parent); break;
      case 6: good = read_number(word, stat.session); break;
      case 7: good = read_number(word, stat.terminal); break;
      case 9: good = read_number(word, stat.flags); break;
      case 14: good = read_number(word, stat.user_ticks); break;
      case 15: good = read_number(word, stat.system_ticks); break;
      case 20: good = read_number(word, stat.threads); break;
      case 22: good = read_number(word, stat.start_ticks); break;
      case 24: good = read_number(word, stat.resident_pages); break;
      case 26: good = read_number(word, stat.start_code); break;
      case 28: good = read_number(word, stat.start_stack); break;
      case 48: good = read_number(word, stat.argument_start); break;
      default: break;
    }
    if (!good) return std::nullopt;
  }
  return stat;
}

std::optional<ProcStatus> parse_proc_status(std::string_view text) {
  ProcStatus status;
  bool uid = false, gid = false;
  while (!text.empty()) {
    std::string_view line = cut(text, '\n');
    const std::string_view key = cut(line, ':');
    if (key == "Uid" || key == "Gid") {
      next_word(line);  // the real one
      (key == "Uid" ? uid : gid) = read_number(next_word(line), key == "Uid" ? status.uid : status.gid);
    } else if (key == "HugetlbPages") {
      std::uint64_t kib = 0;
      if (read_number(next_word(line), kib) && kib < (std::uint64_t{1} << 50)) status.huge_page_bytes = kib * 1024;
    }
  }
  return uid && gid ? std::optional(status) : std::nullopt;
}

ProcArguments split_arguments(std::string_view text, std::size_t max) {
  ProcArguments arguments;
  while (!text.empty() && arguments.words.size() < max) arguments.words.emplace_back(cut(text, '\0'));
  arguments.cut = !text.empty();
  return arguments;
}

ProcEnvironment parse_environment(std::string_view text) {
  ProcEnvironment environment;
  while (!text.empty() && environment.keys.size() < kMaxKeys) {
    std::string_view value = cut(text, '\0');
    if (value.find('=') == std::string_view::npos) continue;  // no variable: the program wrote over it
    const std::string_view key = cut(value, '=').substr(0, kMaxKey);
    const auto& keys = environment.keys;
    if (key.empty() || std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    environment.keys.emplace_back(key);
    if (std::find(kKeptVariables.begin(), kKeptVariables.end(), key) != kKeptVariables.end())
      environment.kept.emplace_back(key, value.substr(0, kMaxValue));
  }
  return environment;
}

std::vector<CgroupPath> parse_proc_cgroup(std::string_view text) {
  std::vector<CgroupPath> paths;
  while (!text.empty() && paths.size() < kMaxCgroupLines) {
    std::string_view line = cut(text, '\n');
    std::uint32_t number = 0;
    if (!read_number(cut(line, ':'), number)) continue;
    const std::string_view controllers = cut(line, ':');
    if (!line.starts_with('/')) continue;
    paths.push_back({std::string(controllers.substr(0, kMaxCgroupPath)), std::string(line.substr(0, kMaxCgroupPath))});
  }
  return paths;
}

std::string main_cgroup(const std::vector<CgroupPath>& paths) {
  const auto says_something = [](const CgroupPath& path) { return path.path != "/"; };
  for (const std::string_view wanted : {"", "name=systemd"})
    for (const CgroupPath& path : paths)
      if (path.controllers == wanted && says_something(path)) return path.path;
  const auto found = std::find_if(paths.begin(), paths.end(), says_something);
  if (found != paths.end()) return found->path;
  return paths.empty() ? "" : "/";
}

// 36 35 98:0 ROOT DIRECTORY OPTIONS … - TYPE SOURCE SUPER-OPTIONS
std::vector<CgroupMount> parse_cgroup_mounts(std::string_view text) {
  std::vector<CgroupMount> mounts;
  while (!text.empty() && mounts.size() < kMaxCgroupLines) {
    std::string_view line = cut(text, '\n');
    const std::size_t dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    std::string_view behind = line.substr(dash + 3);
    const std::string_view type = next_word(behind);
    if (type != "cgroup" && type != "cgroup2") continue;
    next_word(behind);
    std::string_view options = next_word(behind);
    std::string_view before = line.substr(0, dash);
    for (int i = 0; i < 3; ++i) next_word(before);
    if (next_word(before) != "/") continue;  // a part of a hierarchy: its paths are others
    CgroupMount mount;
    mount.directory = next_word(before).substr(0, kMaxCgroupPath);
    if (type == "cgroup") {
      while (!options.empty()) {
        const std::string_view option = cut(options, ',');
        if (option == "rw" || option == "ro" || option == "xattr") continue;
        mount.controllers += (mount.controllers.empty() ? "" : ",") + std::string(option);
      }
    }
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

std::optional<ListedSocket> parse_proc_net_line(std::string_view line, IpProtocol protocol) {
  ListedSocket socket;
  socket.protocol = protocol;
  next_word(line);  // its number
  const auto local = endpoint_of(next_word(line)), remote = endpoint_of(next_word(line));
  if (!local || !remote || !read_number(next_word(line), socket.state, 16)) return std::nullopt;
  for (int i = 0; i < 5; ++i) next_word(line);  // queues, timer, retransmits, uid, timeout
  if (!read_number(next_word(line), socket.inode)) return std::nullopt;
  socket.local = *local;
  socket.remote = *remote;
  return socket;
}

std::optional<std::uint64_t> inode_of_link(std::string_view link, std::string_view kind) {
  if (!link.starts_with(kind) || !link.ends_with(']')) return std::nullopt;
  link.remove_prefix(kind.size());
  link.remove_suffix(1);
  std::uint64_t inode = 0;
  if (!link.starts_with(":[") || !read_number(link.substr(2), inode)) return std::nullopt;
  return inode;
}

std::optional<std::uint64_t> number_after(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    std::string_view line = cut(text, '\n');
    if (!line.starts_with(key)) continue;
    line.remove_prefix(key.size());
    std::uint64_t number = 0;
    if (line.starts_with(' ') && read_number(next_word(line), number)) return number;
  }
  return std::nullopt;
}

}  // namespace scanner

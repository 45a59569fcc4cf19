#include "scanner/model/attributed.h"

#include <algorithm>
#include <array>

namespace scanner {
namespace {

constexpr std::size_t kContainerDigits = 64;

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

}  // namespace

std::string_view to_string(AttributedBy by) {
  constexpr std::array<std::string_view, 13> kKeys{"address", "container", "container_name", "container_label", "container_image", "cgroup",
                                                   "unit",    "uid",       "network_namespace", "process",      "vlan",            "vni", "interface"};
  return kKeys[static_cast<std::size_t>(by)];
}

std::string container_of_cgroup(std::string_view path) {
  std::size_t end = path.size();
  while (end >= kContainerDigits) {
    if (!is_hex(path[end - 1])) {
      --end;
      continue;
    }
    std::size_t begin = end;
    while (begin > 0 && is_hex(path[begin - 1])) --begin;
    const bool alone = begin == 0 || path[begin - 1] == '/' || path[begin - 1] == '-' || path[begin - 1] == ':';
    const bool closed = end == path.size() || path[end] == '/' || path[end] == '.';
    if (end - begin == kContainerDigits && alone && closed) return std::string(path.substr(begin, kContainerDigits));
    end = begin;
  }
  for (const std::string_view prefix : {"/lxc.payload.", "/lxc/"}) {
    if (!path.starts_with(prefix)) continue;
    const std::string_view name = path.substr(prefix.size(), path.substr(prefix.size()).find('/'));
    if (!name.empty()) return "lxc/" + std::string(name);
  }
  return "";
}

}  // namespace scanner

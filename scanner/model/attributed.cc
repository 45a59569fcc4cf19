#include "scanner/model/attributed.h"

#include <algorithm>
#include <array>

namespace scanner {

std::string_view to_string(AttributedBy by) {
  constexpr std::array<std::string_view, 13> kKeys{"address", "container", "container_name", "container_label", "container_image", "cgroup",
                                                   "unit",    "uid",       "network_namespace", "process",      "vlan",            "vni", "interface"};
  return kKeys[static_cast<std::size_t>(by)];
}

bool matches_pattern(std::string_view pattern, std::string_view text) {
  // Where the last '*' may still take one character more: linear but for that.
  std::size_t p = 0, t = 0, star = std::string_view::npos, taken = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos && text[taken] != '/') {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string_view container_of_cgroup(std::string_view cgroup) {
  constexpr std::size_t kDigits = 64;
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  std::string_view found;
  for (std::size_t i = 0; i < cgroup.size();) {
    if (!is_hex(cgroup[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < cgroup.size() && is_hex(cgroup[end])) ++end;
    const bool alone = i == 0 || cgroup[i - 1] == '/' || cgroup[i - 1] == '-' || cgroup[i - 1] == ':';
    if (end - i == kDigits && alone) found = cgroup.substr(i, kDigits);
    i = end;
  }
  return found;
}

}  // namespace scanner

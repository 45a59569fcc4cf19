#include "scanner/io/cgroup_meter.h"

#include "scanner/io/text_file.h"

#include <algorithm>
#include <charconv>

namespace scanner {
namespace {

constexpr double kWorthTelling = 0.01;  // cores
constexpr std::uint64_t kNsPerUs = 1000;
constexpr std::size_t kMaxFile = 64 * 1024;

std::string read(const std::string& path) {
  auto text = read_text_file(path, kMaxFile);
  return text ? std::move(*text) : "";
}

bool has_controller(std::string_view list, std::string_view wanted) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (list.substr(0, comma) == wanted) return true;
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  }
  return false;
}

// The directory of the group in the hierarchy of that controller; empty: there is none.
std::string directory_of(const CgroupMount* mount, const std::vector<CgroupPath>& paths, std::string_view controller) {
  if (mount == nullptr) return "";
  for (const CgroupPath& path : paths) {
    const bool here = controller.empty() ? path.controllers.empty() : has_controller(path.controllers, controller);
    // A path with ".." lies outside of what our control group namespace shows.
    if (here && path.path != "/" && path.path.find("/..") == std::string::npos) return mount->directory + path.path;
  }
  return "";
}

}  // namespace

CgroupMeter::CgroupMeter(std::string_view mountinfo) : mounts_(parse_cgroup_mounts(mountinfo)) {}

const CgroupMount* CgroupMeter::mount_of(std::string_view controller) const {
  for (const CgroupMount& mount : mounts_)
    if (controller.empty() ? mount.controllers.empty() : has_controller(mount.controllers, controller)) return &mount;
  return nullptr;
}

CgroupMeter::Group CgroupMeter::join(const std::vector<CgroupPath>& paths, const std::string& name) {
  if (name.empty() || name == "/") return kNone;
  const auto known = by_name_.find(name);
  if (known != by_name_.end()) {
    ++groups_.at(known->second).processes;
    return known->second;
  }
  if (groups_.size() >= kMaxGroups) return kNone;
  Metered group;
  group.name = name;
  group.processes = 1;
  const std::string unified = directory_of(mount_of(""), paths, "");
  const std::string cpu = directory_of(mount_of("cpuacct"), paths, "cpuacct");
  const std::string memory = directory_of(mount_of("memory"), paths, "memory");
  if (!unified.empty()) {
    group.unified = true;
    group.cpu_file = unified + "/cpu.stat";
    group.memory_file = unified + "/memory.stat";
  } else if (!cpu.empty()) {
    group.cpu_file = cpu + "/cpuacct.usage";
    if (!memory.empty()) group.memory_file = memory + "/memory.stat";
  } else {
    return kNone;
  }
  by_name_.emplace(name, ++last_);
  groups_.emplace(last_, std::move(group));
  return last_;
}

void CgroupMeter::leave(Group group) {
  const auto found = groups_.find(group);
  if (found == groups_.end() || --found->second.processes > 0) return;
  by_name_.erase(found->second.name);
  groups_.erase(found);
}

std::optional<std::uint64_t> CgroupMeter::used_ns(const Metered& group) const {
  const std::string text = read(group.cpu_file);
  if (group.unified) {
    const auto used = number_after(text, "usage_usec");
    return used ? std::optional(*used * kNsPerUs) : std::nullopt;
  }
  std::uint64_t used = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), used);
  return error == std::errc() ? std::optional(used) : std::nullopt;
}

void CgroupMeter::sample(Metered& group, Timestamp now, std::vector<HostRecord>& records) const {
  const auto used = used_ns(group);
  const Duration window = now - group.sampled;
  if (used && group.used_ns && window > Duration::zero() && *used >= *group.used_ns) {
    CgroupUsage usage{group.name, window, static_cast<double>(*used - *group.used_ns) / static_cast<double>(window.count()), 0};
    const bool busy = usage.cpu_cores >= kWorthTelling;
    if (busy || group.busy) {
      if (!group.memory_file.empty())
        usage.resident_bytes = number_after(read(group.memory_file), group.unified ? "anon" : "total_rss").value_or(0);
      records.push_back({now, std::move(usage)});
    }
    group.busy = busy;
  }
  group.used_ns = used;
  group.sampled = now;
}

bool CgroupMeter::sample(Timestamp now, std::vector<HostRecord>& records, std::size_t most) {
  for (auto group = groups_.lower_bound(next_); group != groups_.end(); ++group) {
    next_ = group->first;
    if (records.size() >= most) return true;
    sample(group->second, now, records);
  }
  next_ = kNone;
  return false;
}

}  // namespace scanner

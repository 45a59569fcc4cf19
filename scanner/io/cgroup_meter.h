// CPU and memory of the control groups that known processes are in (cgroup v2, or the cpuacct
// and memory hierarchies of v1), from the kernel's own counters: those of processes that come
// and go between two looks are in them.
#pragma once

#include "scanner/io/proc_reader.h"
#include "scanner/model/host_record.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace scanner {

class CgroupMeter {
 public:
  using Group = std::uint32_t;
  static constexpr Group kNone = 0;
  static constexpr std::size_t kMaxGroups = 4096;

  // `mountinfo`: the text of /proc/self/mountinfo.
  explicit CgroupMeter(std::string_view mountinfo);

  // A process is in these groups; `name` is what it is told as. kNone: the root group, one
  // whose counters are nowhere mounted, or one too many.
  Group join(const std::vector<CgroupPath>& paths, const std::string& name);
  void leave(Group group);

  // One record a group that used a hundredth of a core or more, or did in the window before.
  // Goes on where the last call had no room; true: it still has none.
  bool sample(Timestamp now, std::vector<HostRecord>& records, std::size_t most);

 private:
  struct Metered {
    std::string name, cpu_file, memory_file;
    bool unified = false;
    std::size_t processes = 0;
    std::optional<std::uint64_t> used_ns;
    Timestamp sampled;
    bool busy = false;
  };

  const CgroupMount* mount_of(std::string_view controller) const;
  std::optional<std::uint64_t> used_ns(const Metered& group) const;
  void sample(Metered& group, Timestamp now, std::vector<HostRecord>& records) const;

  std::vector<CgroupMount> mounts_;
  std::map<std::string, Group> by_name_;
  std::map<Group, Metered> groups_;
  Group last_ = kNone, next_ = kNone;  // the last that was made; the next to be sampled
};

}  // namespace scanner

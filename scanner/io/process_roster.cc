#include "scanner/io/process_roster.h"

#include <algorithm>
#include <sys/resource.h>

namespace scanner {
namespace {

constexpr Duration kYouth = std::chrono::milliseconds(200);
constexpr std::size_t kMaxYoung = 65536;
constexpr std::size_t kMostOpenStats = 8192;
constexpr std::size_t kMaxComm = 15;

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// A script's name becomes the process's name, and its path an argument of the interpreter.
void recognise_script(ProcessStarted& started) {
  if (!started.script.empty()) started.image_kind = "script";
  if (!started.script.empty() || started.executable.empty()) return;
  if (file_name(started.executable).substr(0, kMaxComm) == started.comm) return;
  for (std::size_t i = 1; i < std::min<std::size_t>(started.arguments.size(), 3); ++i)
    if (!started.comm.empty() && file_name(started.arguments[i]).substr(0, kMaxComm) == started.comm) {
      started.script = started.arguments[i];
      started.image_kind = "script";
      return;
    }
}

std::size_t room_for_stats() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  return std::min<std::size_t>(static_cast<std::size_t>(limit.rlim_cur) / 2, kMostOpenStats);
}

}  // namespace

ProcessRoster::ProcessRoster(const HostWatchOptions& options, const ProcReader& proc, ImageLibrary& images,
                             CgroupMeter& cgroups)
    : options_(options), proc_(proc), images_(images), cgroups_(cgroups), max_open_stats_(room_for_stats()) {}

bool ProcessRoster::begin_scan() {
  if (!proc_.list(scan_pids_)) return false;
  scan_at_ = 0;
  ++scan_;
  scanning_ = true;
  return true;
}

bool ProcessRoster::step_scan(std::vector<HostRecord>& records, std::size_t most) {
  while (scan_at_ < scan_pids_.size() && records.size() + 2 <= most) look(scan_pids_[scan_at_++], records);
  if (scan_at_ < scan_pids_.size() || drop_missing(records, most)) return true;
  scanning_ = first_scan_ = false;
  return false;
}

// Those that the scan did not meet. True: there may be more.
bool ProcessRoster::drop_missing(std::vector<HostRecord>& records, std::size_t most) {
  for (auto known = processes_.begin(); known != processes_.end();) {
    const auto next = std::next(known);
    if (known->second.scan != scan_ && news_of(known->second) != News::None) {
      if (records.size() >= most) return true;
      ended(known->first, now_, records);
    }
    known = next;
  }
  return false;
}

ProcessRoster::News ProcessRoster::news_of(const KnownProcess& known) const {
  const FileDescriptor opened = known.stat ? FileDescriptor() : proc_.open_stat(known.id.pid);
  const auto stat = read_stat(known.stat ? known.stat : opened);
  if (!stat) return News::Gone;
  if (proc_.id_of(*stat) != known.id) return News::Replaced;
  if (stat->has_ended()) return News::Gone;
  return stamp_of(*stat) == known.stamp && stat->comm == known.comm ? News::None : News::Image;
}

const KnownProcess* ProcessRoster::look(std::int32_t pid, std::vector<HostRecord>& records) {
  const auto known = processes_.find(pid);
  if (known != processes_.end()) {
    const News news = news_of(known->second);
    if (news == News::None) {
      known->second.scan = scan_;
      return &known->second;
    }
    if (news != News::Image) ended(pid, now_, records);
  }
  auto read = proc_.read(pid);
  if (!read || !tell(std::move(*read), now_, records)) return nullptr;
  const auto found = processes_.find(pid);
  return found == processes_.end() ? nullptr : &found->second;
}

// The place of a process, made where it is new. Whoever had the pid before has ended. Null:
// there is no room.
KnownProcess* ProcessRoster::admit(const ProcessId& id, Timestamp at, std::vector<HostRecord>& records) {
  const auto before = processes_.find(id.pid);
  if (before != processes_.end() && before->second.id != id) ended(id.pid, at, records);
  if (processes_.size() >= options_.max_processes && !processes_.contains(id.pid)) {
    ++counters_.lost;
    return nullptr;
  }
  KnownProcess& known = processes_[id.pid];
  known.id = id;
  known.scan = scan_;
  known.read_at = now_;
  if (!first_scan_) ++counters_.seen;
  return &known;
}

bool ProcessRoster::tell(ReadProcess&& read, Timestamp at, std::vector<HostRecord>& records) {
  ProcessStarted& started = read.started;
  KnownProcess* known = admit(started.id, at, records);
  if (known == nullptr) return false;
  if (known->sampled == Timestamp{}) {
    known->ticks = read.ticks;
    known->sampled = reading_time();
    if (open_stats_ < max_open_stats_) known->stat = proc_.open_stat(started.id.pid);
    if (known->stat) ++open_stats_;
  }
  known->stamp = read.stamp;
  known->comm = started.comm;
  known->uid = started.uid;
  known->network_namespace = started.network_namespace;
  cgroups_.leave(known->group);
  known->group = cgroups_.join(read.cgroups, started.cgroup);
  recognise_script(started);
  images_.describe(std::move(read.image), !first_scan_, started);
  records.push_back({at, std::move(started)});
  return true;
}

// `later`: the same process with another image already; what it is in stays across images.
void ProcessRoster::tell_unread(const Execution& execution, const ReadProcess* later, Timestamp at,
                                std::vector<HostRecord>& records) {
  ProcessStarted started = execution.started;
  started.id = {proc_.boot(), proc_.start_ns(execution.start_ticks), started.id.pid};
  KnownProcess* known = admit(started.id, at, records);
  if (known == nullptr) return;
  known->comm = started.comm;
  known->network_namespace = started.network_namespace;
  if (!started.script.empty()) started.image_kind = "script";
  if (started.arguments.empty()) {
    started.unknown.emplace_back("arguments");
    ++counters_.incomplete;
  }
  // The path is the one that was asked for: nobody followed its links.
  for (const char* key : {"executable", "environment", "sha256"}) started.unknown.emplace_back(key);
  if (later != nullptr) {
    started.cwd = later->started.cwd;
    started.cgroup = later->started.cgroup;
    started.container = later->started.container;
  } else {
    for (const char* key : {"cwd", "cgroup"}) started.unknown.emplace_back(key);
  }
  records.push_back({at, std::move(started)});
}

void ProcessRoster::executed(std::int32_t pid, Timestamp at, const Execution* execution, std::vector<HostRecord>& records) {
  const auto known = processes_.find(pid);
  // It was read after this execution, and looks the same still.
  if (known != processes_.end() && known->second.read_at > at && news_of(known->second) == News::None &&
      (execution == nullptr || execution->argument_start == known->second.stamp.argument_start))
    return;
  auto read = proc_.read(pid);
  if (execution == nullptr) {
    if (!read || read->started.arguments.empty()) ++counters_.incomplete;
    if (read) tell(std::move(*read), at, records);
    return;
  }
  const bool same_process = read && read->started.id.start_ns == proc_.start_ns(execution->start_ticks);
  if (!same_process || read->stamp.argument_start != execution->argument_start)
    return tell_unread(*execution, same_process ? &*read : nullptr, at, records);
  // At the execution itself it could not yet have written over its arguments.
  if (!execution->started.arguments.empty()) {
    read->started.arguments = execution->started.arguments;
    read->started.arguments_cut = execution->started.arguments_cut;
    std::erase(read->started.unknown, "arguments");
  }
  if (read->started.arguments.empty()) ++counters_.incomplete;
  read->started.script = execution->started.script;
  tell(std::move(*read), at, records);
}

void ProcessRoster::outdated(std::int32_t pid) {
  const auto known = processes_.find(pid);
  if (known != processes_.end()) known->second.stamp = {};
}

void ProcessRoster::changed(std::int32_t pid, Timestamp at) {
  if (young_.size() < kMaxYoung)
    young_.push_back({pid, at + kYouth});
  else
    ++counters_.lost;
}

bool ProcessRoster::settle(std::vector<HostRecord>& records, std::size_t most) {
  // Further ahead than any can be: the clock was put back.
  const auto is_due = [&](const Young& young) { return young.due <= now_ || young.due > now_ + 10 * kYouth; };
  while (!young_.empty() && is_due(young_.front())) {
    if (records.size() + 2 > most) return true;
    const std::int32_t pid = young_.front().pid;
    young_.pop_front();
    look(pid, records);
  }
  return false;
}

void ProcessRoster::ended(std::int32_t pid, Timestamp at, std::vector<HostRecord>& records) {
  const auto known = processes_.find(pid);
  if (known == processes_.end()) return;
  records.push_back({at, ProcessExited{known->second.id}});
  cgroups_.leave(known->second.group);
  if (known->second.stat) --open_stats_;
  processes_.erase(known);
}

}  // namespace scanner

#include "scanner/io/host_survey.h"

#include <algorithm>
#include <chrono>
#include <unistd.h>

namespace scanner {
namespace {

constexpr std::size_t kMaxMountinfo = 1024 * 1024, kMaxStatus = 16 * 1024;
constexpr double kBusy = 0.05;            // cores; below that usage is not worth telling …
constexpr int kTellAfterBusy = 4;         // … but for the windows behind a busy one, so that pauses show
constexpr double kAskHugePages = 0.1;     // cores
constexpr Duration kTolerated = std::chrono::seconds(2);
constexpr Duration kShortestWindow = std::chrono::seconds(1);
// A sweep over all sockets takes one part in so many of the time at most.
constexpr int kSweepShare = 250;

}  // namespace

Result<std::unique_ptr<HostSurvey>> HostSurvey::open(const HostWatchOptions& options, Duration scan_every,
                                                     Duration sockets_every) {
  auto proc = ProcReader::open(options.proc, options.max_argument_bytes);
  if (!proc) return tl::unexpected<Error>(proc.error());
  return std::unique_ptr<HostSurvey>(new HostSurvey(options, std::move(*proc), scan_every, sockets_every));
}

HostSurvey::HostSurvey(const HostWatchOptions& options, ProcReader proc, Duration scan_every, Duration sockets_every)
    : options_(options),
      proc_(std::move(proc)),
      images_(options.max_image_bytes, options.image_words),
      cgroups_(proc_.text("self/mountinfo", kMaxMountinfo).value_or("")),
      roster_(options_, proc_, images_, cgroups_),
      sockets_(roster_),
      scan_every_(scan_every),
      sockets_every_(sockets_every) {}

Timestamp HostSurvey::moment(Timestamp at) {
  last_moment_ = std::max(last_moment_, std::min(at, now_));
  return last_moment_;
}

void HostSurvey::at_time(Timestamp now) {
  // A clock that was put back must not stop the looking until it has caught up.
  const bool put_back = last_moment_ - now > kTolerated;
  if (put_back) last_moment_ = scan_due_ = sockets_due_ = now;
  now_ = std::max(now, last_moment_);
  roster_.at_time(now_);
  if (usage_due_ == Timestamp{} || put_back) usage_due_ = now_ + options_.usage_every;
}

Result<bool> HostSurvey::work(std::vector<HostRecord>& records, std::size_t most) {
  last_moment_ = now_;
  bool more = roster_.settle(records, most);
  auto scanning = scan(records, most);
  if (!scanning) return scanning;
  more = *scanning || more;
  // Owners are asked for when all processes are known, and usage is not kept waiting by them.
  if (!*scanning) more = sweep_sockets(records, most) || more;
  more = sample_usage(records, most) || more;
  more = images_.work(now_, records, most) || more;
  return more;
}

Result<bool> HostSurvey::scan(std::vector<HostRecord>& records, std::size_t most) {
  if (!roster_.scanning()) {
    const bool due = scan_wanted_ || (scan_every_ > Duration::zero() && now_ >= scan_due_);
    if (!due) return false;
    if (!roster_.begin_scan()) return fail(options_.proc + " cannot be read any more");
    scan_wanted_ = false;
    scan_due_ = now_ + scan_every_;
  }
  return roster_.step_scan(records, most);
}

bool HostSurvey::sweep_sockets(std::vector<HostRecord>& records, std::size_t most) {
  using Clock = std::chrono::steady_clock;
  const auto begun = Clock::now();
  if (!sockets_.sweeping()) {
    const bool wanted = sockets_wanted_ || sockets_every_ > Duration::zero();
    if (!wanted || now_ < sockets_due_) return false;
    sockets_wanted_ = false;
    sockets_.begin();
    sockets_due_ = now_ + std::max<Duration>(sockets_every_, kShortestWindow);
  }
  const bool more = sockets_.step(now_, records, most);
  sockets_due_ = std::max(sockets_due_, now_ + (Clock::now() - begun) * kSweepShare);
  return more;
}

bool HostSurvey::sample_usage(std::vector<HostRecord>& records, std::size_t most) {
  if (!sampling_) {
    if (now_ < usage_due_) return false;
    usage_due_ = now_ + options_.usage_every;
    usage_pids_.clear();
    for (const auto& [pid, known] : roster_.processes()) usage_pids_.push_back(pid);
    std::sort(usage_pids_.begin(), usage_pids_.end());
    usage_at_ = 0;
    sampling_ = true;
  }
  for (; usage_at_ < usage_pids_.size(); ++usage_at_) {
    if (records.size() + 2 > most) return true;
    const auto known = roster_.processes().find(usage_pids_[usage_at_]);
    if (known != roster_.processes().end()) sample(known->second, records);
  }
  sampling_ = cgroups_.sample(now_, records, most);
  return sampling_;
}

void HostSurvey::sample(KnownProcess& known, std::vector<HostRecord>& records) {
  const FileDescriptor opened = known.stat ? FileDescriptor() : proc_.open_stat(known.id.pid);
  const auto stat = read_stat(known.stat ? known.stat : opened);
  // Gone or another's by now: whoever brings the news will say so. Another name is news too.
  if (!stat || proc_.id_of(*stat) != known.id || stat->has_ended()) return;
  if (stat->comm != known.comm) roster_.look(known.id.pid, records);
  const std::uint64_t ticks = stat->user_ticks + stat->system_ticks;
  const Timestamp read_at = roster_.reading_time();
  const Duration window = read_at - known.sampled;
  if (window >= Duration::zero() && window < kShortestWindow) return;
  if (window > Duration::zero() && ticks >= known.ticks) {
    const double seconds = std::chrono::duration<double>(window).count();
    const double cores = static_cast<double>(ticks - known.ticks) / proc_.ticks_per_second() / seconds;
    if (cores >= kBusy) known.busy_windows = kTellAfterBusy + 1;
    if (known.busy_windows > 0) {
      --known.busy_windows;
      UsageSample usage{known.id, window, cores, 0, 0};
      usage.resident_bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(stat->resident_pages, 0)) *
                             static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
      if (cores >= kAskHugePages)
        if (const auto text = proc_.directory(known.id.pid).text("status", kMaxStatus))
          if (const auto status = parse_proc_status(*text)) usage.huge_page_bytes = status->huge_page_bytes;
      records.push_back({now_, std::move(usage)});
    }
  }
  known.ticks = ticks;
  known.sampled = read_at;
}

}  // namespace scanner

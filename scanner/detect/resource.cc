// abuse.resource: a subject uses much more compute than it is used to, and goes on doing so.
//
// The baseline is the subject's own: exponentially weighted mean and mean absolute deviation of
// the cores used in each minute, learnt for `warm_up` before anything is judged, and not while
// the alarm lasts, so that nobody teaches it. Floors keep idle and even loads from alarming.
// A subject that was busy from the start has no baseline to depart from.
//
// State: AbuseLimits::subjects subjects, 120 bytes each. Minutes in which nothing was told of it
// do not count.
#include "scanner/detect/abuse_finding.h"
#include "scanner/detect/detector.h"
#include "scanner/detect/detectors.h"
#include "scanner/detect/subject_table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

namespace scanner {
namespace {

constexpr std::string_view kActivity = "abuse.resource", kName = "resource";
constexpr double kAlpha = 0.05;
constexpr double kLeastDeviation = 0.25;  // cores
constexpr std::int64_t kMinute = 60'000'000'000;
constexpr int kCalm = 5;                  // minutes below end an alarm
constexpr Duration kIdle = std::chrono::hours(24);

struct Load {
  std::int64_t minute = 0;
  double core_ns = 0;  // in that minute
  double mean = 0, deviation = 0;
  std::int64_t minutes = 0;  // learnt
  std::int64_t high = 0;     // minutes of the alarm
  int calm = 0;
  Timestamp since;           // when the alarm began; zero: none
  double most = 0;
  Stage stage = Stage::None;
};

std::string cores_text(double cores) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", cores);
  return text;
}

class Resource final : public Detector {
 public:
  explicit Resource(const AbuseLimits& limits) : limits_(limits.resource), subjects_(limits.subjects, kIdle) {}
  void observe(const Observation& observation, const DetectorContext& context) override;
  std::uint64_t refused() const override { return subjects_.refused(); }

 private:
  void close_minute(Load& load, Timestamp at, const Subject& subject, const DetectorContext& context) const;
  void report(Load& load, Timestamp at, const Subject& subject, const DetectorContext& context) const;

  ResourceLimits limits_;
  SubjectTable<std::string, Load> subjects_;
};

void Resource::observe(const Observation& observation, const DetectorContext& context) {
  const auto* host = std::get_if<HostSeen>(&observation.what);
  const auto* sample = host == nullptr ? nullptr : std::get_if<UsageSample>(&host->record().what);
  if (sample == nullptr || observation.clock_corrected || !std::isfinite(sample->cpu_cores) || sample->cpu_cores < 0) return;
  const Process* process = context.processes.find(sample->id);
  if (process == nullptr) return;
  const Subject subject = context.attribution.subject_of(*process, observation.at);
  Load* load = subjects_.obtain(subject.id, observation.at);
  if (load == nullptr) return;
  const std::int64_t minute = observation.at.ns / kMinute;
  if (minute != load->minute) {
    if (load->minute != 0) close_minute(*load, observation.at, subject, context);
    load->minute = minute;
    load->core_ns = 0;
  }
  load->core_ns += sample->cpu_cores * static_cast<double>(sample->window.count());
}

void Resource::close_minute(Load& load, Timestamp at, const Subject& subject, const DetectorContext& context) const {
  const double cores = load.core_ns / static_cast<double>(kMinute);
  const bool warm = Duration(load.minutes * kMinute) >= limits_.warm_up;
  const double bound = load.mean + std::max<double>(limits_.floor_cores, limits_.deviations * std::max(load.deviation, kLeastDeviation));
  if (!warm || cores <= bound) {
    if (load.since.ns != 0 && ++load.calm < kCalm) return;
    load.since = {};
    load.high = load.calm = 0;
    load.stage = Stage::None;
    load.most = 0;
    const double alpha = load.minutes < 20 ? 1.0 / static_cast<double>(load.minutes + 1) : kAlpha;
    load.deviation += alpha * (std::abs(cores - load.mean) - load.deviation);
    load.mean += alpha * (cores - load.mean);
    ++load.minutes;
    return;
  }
  if (load.since.ns == 0) load.since = Timestamp{load.minute * kMinute};
  ++load.high;
  load.calm = 0;
  load.most = std::max(load.most, cores);
  report(load, at, subject, context);
}

void Resource::report(Load& load, Timestamp at, const Subject& subject, const DetectorContext& context) const {
  const Duration lasted(load.high * kMinute);
  const Stage stage = lasted >= limits_.confirmed ? Stage::Confirmed : lasted >= limits_.observed ? Stage::Observed : Stage::None;
  constexpr std::int64_t kAgain = 10;  // minutes
  if (stage == Stage::None || (stage == load.stage && load.high % kAgain != 0)) return;
  load.stage = stage;
  Finding finding = abuse_finding("resource:cpu", kActivity, kName, stage, subject);
  finding.kind = EvidenceKind::Usage;
  finding.first_seen = load.since;
  finding.last_seen = at;
  finding.reason = "used up to " + cores_text(load.most) + " cores for " + span_text(lasted) + ", where " + cores_text(load.mean) + " with a mean deviation of " + cores_text(load.deviation) +
                   " are usual for it";
  context.findings.take(finding);
}

}  // namespace

std::unique_ptr<Detector> make_resource(const AbuseLimits& limits) { return std::make_unique<Resource>(limits); }

}  // namespace scanner

#include "scanner/app/agent_profiler.h"

#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;
using Steady = std::chrono::steady_clock;

constexpr unsigned kRounds = 3;
constexpr int kLowest = 19, kRestPerWork = 9;

}  // namespace

AgentProfiler::~AgentProfiler() { break_off(); }

void AgentProfiler::break_off() {
  {
    const std::lock_guard guard(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) thread_.join();
  stopping_ = false;
}

std::shared_ptr<const Matcher> AgentProfiler::watched(std::shared_ptr<const Matcher> matcher) {
  break_off();
  matcher_ = std::move(matcher);
  meter_ = std::make_shared<ScanMeter>(matcher_->ruleset().signatures().size());
  return metered(matcher_, meter_);
}

Result<void> AgentProfiler::begin(std::chrono::seconds duration) {
  const std::lock_guard guard(mutex_);
  if (thread_.joinable() || finished_) return fail("a profile is being made already");
  meter_->begin();
  watches_ = true;
  thread_ = std::thread([this, duration] { run(duration); });
  return {};
}

std::optional<LiveProfile> AgentProfiler::take() {
  if (!finished_) return std::nullopt;
  if (thread_.joinable()) thread_.join();
  finished_ = false;
  return std::exchange(result_, std::nullopt);
}

bool AgentProfiler::wait_for(std::chrono::nanoseconds duration) {
  std::unique_lock lock(mutex_);
  return !stopped_.wait_for(lock, duration, [this] { return stopping_; });
}

void AgentProfiler::run(std::chrono::seconds duration) {
  // Of this thread alone: to Linux it is a process of its own here.
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kLowest));
  const auto begin = Steady::now();
  const bool whole = wait_for(duration);
  ScanWindow window = meter_->end();
  watches_ = false;
  LiveProfile profile = whole ? measure(std::move(window)) : LiveProfile{};
  profile.seconds = std::chrono::duration<double>(Steady::now() - begin).count();
  if (whole) profile.seconds = static_cast<double>(duration.count());
  if (!wait_for(std::chrono::nanoseconds(0))) profile.trouble = "other rules came, or the agent ends: nothing was measured";
  result_ = std::move(profile);
  finished_ = true;
  if (wake_) wake_();
}

LiveProfile AgentProfiler::measure(ScanWindow window) {
  LiveProfile profile;
  profile.ruleset = matcher_->ruleset().content_id();
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    const ScanLoad& load = window.fields[f];
    profile.fields[f] = {load.texts, load.bytes, load.sampled_bytes, load.nanoseconds};
  }
  const std::vector<Signature>& signatures = matcher_->ruleset().signatures();
  for (std::size_t i = 0; i < signatures.size(); ++i) {
    if (!is_searched(signatures[i])) continue;
    LiveSignatureCost& cost = profile.signatures.emplace_back();
    cost.id = signatures[i].id;
    cost.found = window.found[i];
    const std::vector<PortedText>& samples = window.fields[static_cast<std::size_t>(signatures[i].field)].samples;
    if (samples.empty()) continue;
    const auto begin = Steady::now();
    const auto alone = matcher_of(signatures[i]);
    if (!alone) {
      profile.trouble = alone.error().message;
      return profile;
    }
    cost.nanoseconds = search_time(**alone, signatures[i].field, samples, kRounds);
    if (!wait_for(kRestPerWork * (Steady::now() - begin))) return profile;
  }
  return profile;
}

nlohmann::ordered_json profile_json(const LiveProfile& profile) {
  Json fields = Json::array(), signatures = Json::array();
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    const LiveFieldCost& cost = profile.fields[f];
    if (cost.texts > 0) fields.push_back({{"field", to_string(static_cast<Field>(f))}, {"texts", cost.texts}, {"bytes", cost.bytes}, {"sampled_bytes", cost.sampled_bytes}, {"nanoseconds", cost.nanoseconds}});
  }
  for (const LiveSignatureCost& cost : profile.signatures) signatures.push_back({{"id", cost.id}, {"found", cost.found}, {"nanoseconds", cost.nanoseconds}});
  return {{"ruleset", profile.ruleset}, {"seconds", profile.seconds}, {"fields", fields}, {"signatures", signatures}};
}

}  // namespace scanner

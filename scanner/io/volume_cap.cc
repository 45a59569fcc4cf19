#include "scanner/io/volume_cap.h"

#include <utility>

namespace scanner {
namespace {

constexpr Duration kHour = std::chrono::hours(1);

}  // namespace

bool VolumeCap::is_over(const std::string& subject, Timestamp now) const {
  const auto hour = hours_.find(subject);
  return hour == hours_.end() || now - hour->second.begin >= kHour;
}

bool VolumeCap::allows(const std::string& subject, Timestamp now) {
  if (per_hour_ == 0) return true;
  const bool full = hours_.size() >= kMaxSubjects && !hours_.contains(subject);
  if (full) std::erase_if(hours_, [&](const auto& entry) { return now - entry.second.begin >= kHour; });
  // With that many subjects at once a cap on each is no protection; losing count lets events out.
  if (full && hours_.size() >= kMaxSubjects) hours_.clear();
  Hour& hour = hours_.try_emplace(subject, Hour{now, 0}).first->second;
  if (now - hour.begin >= kHour) hour = {now, 0};
  if (hour.events >= per_hour_) return false;
  ++hour.events;
  return true;
}

void VolumeCap::hold(const std::string& subject, const std::string& incident, std::string json) {
  Held& held = held_[subject];
  ++held.count;
  held.newest[incident] = std::move(json);
}

std::vector<VolumeCap::Release> VolumeCap::release(Timestamp now, bool all) {
  std::vector<Release> out;
  for (auto held = held_.begin(); held != held_.end();) {
    if (!all && !is_over(held->first, now)) {
      ++held;
      continue;
    }
    Release release{held->first, held->second.count, {}};
    for (auto& [incident, json] : held->second.newest) release.events.push_back(std::move(json));
    out.push_back(std::move(release));
    held = held_.erase(held);
  }
  return out;
}

}  // namespace scanner

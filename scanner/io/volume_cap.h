// How many events one subject may cause in an hour; beyond that the newest of each incident
// waits for its turn. Revisions are cumulative: the last one says all that the others said.
//
// Pure: the caller brings the time. One thread.
#pragma once

#include "scanner/model/time.h"

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace scanner {

class VolumeCap {
 public:
  static constexpr std::size_t kMaxSubjects = 100'000;  // remembered; those whose hour is over go first

  // `per_hour` 0: no cap.
  explicit VolumeCap(std::uint64_t per_hour) : per_hour_(per_hour) {}

  // Whether an event of this subject may leave now; counts it if so. An hour begins with a
  // subject's first event.
  bool allows(const std::string& subject, Timestamp now);
  // One that may not: it waits, in place of an older one of its incident.
  void hold(const std::string& subject, const std::string& incident, std::string json);

  struct Release {
    std::string subject;
    std::uint64_t held = 0;           // events that did not leave when they came
    std::vector<std::string> events;  // the newest of each of their incidents
  };
  // What waited and may leave, since its subject's hour is over; `all`: whether it is or not.
  std::vector<Release> release(Timestamp now, bool all = false);
  bool waiting() const { return !held_.empty(); }

 private:
  struct Hour {
    Timestamp begin;
    std::uint64_t events = 0;
  };
  struct Held {
    std::uint64_t count = 0;
    std::map<std::string, std::string> newest;  // by incident
  };
  bool is_over(const std::string& subject, Timestamp now) const;

  std::uint64_t per_hour_;
  std::unordered_map<std::string, Hour> hours_;
  std::map<std::string, Held> held_;
};

}  // namespace scanner

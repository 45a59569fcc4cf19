// What a recorded test must go on showing: the claim of a capture, without whose it is.
#pragma once

#include "scanner/app/setup.h"
#include "scanner/model/breach_event.h"
#include "tools/aupsig/capture_run.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace scanner {

// How much of a claim is compared.
enum class ClaimLevel {
  Numbers,  // everything below, with how many shares, conversations and attempts
  Signs,    // … with whether there were any
};

// The last event of each incident.
class IncidentCollector final : public EventSink {
 public:
  void take(const BreachEvent& event) override { last_[event.incident] = event; }
  const std::map<std::string, BreachEvent>& last() const { return last_; }

 private:
  std::map<std::string, BreachEvent> last_;
};

// Which incidents count; empty: all but those of abuse and of harm, which are counted over all that a
// subject sends and gets: a test that keeps a few of its flows counts otherwise.
struct ClaimScope {
  std::string subject, activity;   // "ip:192.0.2.1", "mining.pool"
  std::set<std::pair<std::string, std::string>> without;  // subjects and activities that do not
  bool covers(const std::string& of, const std::string& what) const {
    if (subject.empty()) return !without.contains({of, what}) && !what.starts_with("abuse.") && !what.starts_with("harm.");
    return !without.contains({of, what}) && of == subject && what == activity;
  }
  bool covers(const BreachEvent& event) const { return covers(event.subject.id, event.activity); }
};

// The fields that are compared, for people.
std::string compared_fields(ClaimLevel level);

// One line an incident, sorted. `rename` maps a subject's id to how it is known elsewhere.
using Rename = std::function<std::string(const std::string& subject)>;
std::vector<std::string> claim_lines(const std::map<std::string, BreachEvent>& incidents, ClaimLevel level, const ClaimScope& scope, const Rename& rename = {});

// How two claims differ, one sentence; "": they do not.
std::string claim_difference(const std::vector<std::string>& wanted, const std::vector<std::string>& got);

// The outline of `aupscan replay --expect` for these incidents.
std::string outline_of(const std::map<std::string, BreachEvent>& incidents, const ClaimScope& scope);

}  // namespace scanner

// Observation → Finding: judges conduct, never permission.
//
// A detector is a function of its state and the next observation; observations come in one
// total order on one thread. Its state is bounded and evicted in a stated order. A new
// detector is one .cc here, one line in catalog.cc and one scenario.
#pragma once

#include "scanner/detect/abuse_limits.h"
#include "scanner/detect/flow_stages.h"
#include "scanner/detect/known_names.h"
#include "scanner/model/finding.h"
#include "scanner/model/flow_life.h"
#include "scanner/model/observation.h"
#include "scanner/process/process_table.h"
#include "scanner/signature/ruleset.h"

#include <memory>
#include <string_view>
#include <vector>

namespace scanner {

class FindingSink {
 public:
  virtual ~FindingSink() = default;
  // The finding as it stands now; the detector keeps it and may report it again, changed.
  virtual void take(const Finding& finding) = 0;
  // What was reported under this key and activity was wrong or belongs elsewhere now.
  virtual void withdraw(const Subject& subject, const std::string& activity, const std::string& key) = 0;
  // What was reported under these keys belongs to that other incident now, into which it is
  // reported anew. Where there was nothing else, the incident ends and names the other one.
  virtual void merge(const Subject& subject, const std::string& activity, const std::vector<std::string>& keys, const Subject& into,
                     const std::string& into_activity) = 0;
};

// Whose conduct it is, and who can be a subject at all.
class Attribution {
 public:
  virtual ~Attribution() = default;
  // Who stands at the end of the flow that sends in this direction, as far as it is known by
  // now how things stood at `at`. `owner`: the process whose socket it was, where that was
  // found out before. Nothing where the end cannot be a subject (multicast …; not local,
  // with --local).
  virtual std::optional<Subject> subject_of(const FlowRef& flow, Direction sender, Timestamp at,
                                            const std::optional<ProcessId>& owner = std::nullopt) const = 0;
  // The same for an end that is known to be ours, by --local or by an attribution: without
  // either, nobody is accused of what strangers ask of them.
  virtual std::optional<Subject> local_subject_of(const FlowRef& flow, Direction sender, Timestamp at) const = 0;
  // Whose a process is: its tenant's, its address's, else the host's.
  virtual Subject subject_of(const Process& process, Timestamp at) const = 0;
  // Cheap, for those who keep state: may subject_of() name the end at this address, and may
  // local_subject_of()? No is sure.
  virtual bool may_be_subject(const IpAddress& address) const { return address.can_be_subject(); }
  virtual bool may_be_local(const IpAddress& address) const { return may_be_subject(address); }
  // Grows when something was learnt that may change an answer.
  virtual std::uint64_t version() const = 0;
};

// What every detector may ask. Valid during the call only. Names and processes have learnt
// from the observation already; flow stages hold what the detectors in front have noted.
struct DetectorContext {
  const Ruleset& ruleset;
  const KnownNames& names;
  const ProcessTable& processes;
  const Attribution& attribution;
  FlowStages& flows;
  FindingSink& findings;
};

class Detector {
 public:
  virtual ~Detector() = default;
  virtual void observe(const Observation& /*observation*/, const DetectorContext& /*context*/) {}
  // Steps in flows' lives, in one total order with the observations: those that it wants.
  virtual LifeSteps follows() const { return {}; }
  virtual void follow(const FlowLife& /*life*/, const DetectorContext& /*context*/) {}
  // How often there was no room for somebody new (SubjectTable).
  virtual std::uint64_t refused() const { return 0; }
};

// One of each, in the order in which they see an observation.
std::vector<std::unique_ptr<Detector>> make_detectors(const AbuseLimits& abuse);
// Their names, in the same order: what a kill switch takes.
const std::vector<std::string_view>& detector_names();

}  // namespace scanner

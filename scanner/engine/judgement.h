// Observations → breach events: detectors, incidents and policy, on one thread, in the total
// order of the observations.
#pragma once

#include "scanner/engine/attribution_book.h"
#include "scanner/engine/incidents.h"
#include "scanner/engine/shadow_book.h"
#include "scanner/engine/signature_book.h"
#include "scanner/model/flow_life.h"
#include "scanner/model/observation.h"
#include "scanner/policy/exceptions.h"
#include "scanner/policy/panel.h"
#include "scanner/signature/ruleset.h"

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace scanner {

struct JudgementOptions {
  IncidentLimits incidents;
  std::vector<Cidr> local;  // empty: every address can be a subject
  ProcessLimits processes;
  std::shared_ptr<const Panel> panel;  // null: none
  std::vector<Attributed> tenants;  // of the tenants file: known from the beginning
  std::shared_ptr<const Exceptions> exceptions;  // null: none
  std::uint64_t hits_per_minute = 60'000;  // of one signature on traffic, then it is suspended (signature_book.h); 0: never
  AbuseLimits abuse;
  std::string hash_key;     // for keyed references; empty: none are made
  EventFrame frame;
};

// Sees every observation before it is judged, then what the detectors make of it: reports,
// --flows and evidence.
class ObservationTap {
 public:
  virtual ~ObservationTap() = default;
  virtual void see(const Observation& observation) = 0;
  // A finding as a detector reports or withdraws it, unredacted: to be used and not kept.
  virtual void concluded(const Finding&) {}
  virtual void withdrawn(const std::string& /*activity*/, const std::string& /*key*/) {}
};

// How often an exception was used.
struct ExceptionUse {
  std::string id;
  std::uint64_t hits = 0;  // findings that it permitted
  Timestamp last;          // event time
};

class Judgement {
 public:
  // `ruleset` and `declaration` outlive it or are replaced by use(); the sinks outlive it.
  Judgement(const JudgementOptions& options, const Ruleset& ruleset, const Declaration& declaration, EventSink& sink, ObservationTap* tap);
  ~Judgement();

  void take(const Observation& observation);
  void take(const FlowLife& life);
  // Other rules for what follows. Incidents that are open go on under them.
  void use(const Ruleset& ruleset, const Declaration& declaration, const EventFrame& frame);
  // What a person switched off, from the next observation on, and in open incidents.
  void silence(const Silence& silence);
  // Other exceptions, from the next observation on. Counts go on by id.
  void use(std::shared_ptr<const Exceptions> exceptions);
  void set_quality(const Quality& quality);
  // The end: every open incident gets its last event.
  void finish(Timestamp now);
  const ProcessTable& processes() const { return processes_; }
  // What signatures that do not count yet would have done, since the start.
  const ShadowBook& shadow() const { return shadow_; }
  // What every signature did, and which are suspended.
  SignatureBook& signatures() { return signatures_; }
  const SignatureBook& signatures() const { return signatures_; }
  // How often a detector had no room for somebody new, since the start.
  std::uint64_t subjects_refused() const;
  // Of every exception in force, and of those that were.
  std::vector<ExceptionUse> exception_uses() const;

 private:
  class TappedFindings;
  class CompletedFindings;
  class SortedFindings;
  void count_shadow(const Observation& observation, const SignatureHit& hit, const Signature& signature);
  void end_flow(std::uint64_t flow);
  DetectorContext context();
  void choose_detectors();

  const Ruleset* ruleset_;
  Redactor redactor_;
  Incidents incidents_;
  Incidents permitted_;  // what exceptions cover
  std::shared_ptr<const Exceptions> exceptions_;  // may be null
  std::map<std::string, ExceptionUse> exception_uses_;  // by id
  ShadowBook shadow_;
  SignatureBook signatures_;
  KnownNames names_;
  ProcessTable processes_;
  AttributionBook attribution_;
  FlowStages flows_;
  std::vector<std::unique_ptr<Detector>> detectors_;
  std::vector<Detector*> asked_;      // those of them that are not switched off
  std::array<std::vector<Detector*>, kLifeStepCount> following_;  // those of these that want to be told, by LifeStep
  ObservationTap* tap_;
  Silence silence_;
  std::unique_ptr<SortedFindings> sorted_;
  std::unique_ptr<TappedFindings> tapped_;  // only with a tap
  std::unique_ptr<CompletedFindings> completed_;
};

}  // namespace scanner

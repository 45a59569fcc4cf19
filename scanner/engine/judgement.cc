#include "scanner/engine/judgement.h"

#include <algorithm>
#include <iterator>
#include <numeric>

namespace scanner {

// Passes findings on to the incidents and shows them to the tap.
class Judgement::TappedFindings final : public FindingSink {
 public:
  TappedFindings(FindingSink& next, ObservationTap& tap) : next_(next), tap_(tap) {}

  void take(const Finding& finding) override {
    tap_.concluded(finding);
    next_.take(finding);
  }
  void withdraw(const Subject& subject, const std::string& activity, const std::string& key) override {
    tap_.withdrawn(activity, key);
    next_.withdraw(subject, activity, key);
  }
  void merge(const Subject& subject, const std::string& activity, const std::vector<std::string>& keys, const Subject& into,
             const std::string& into_activity) override {
    for (const std::string& key : keys) tap_.withdrawn(activity, key);
    next_.merge(subject, activity, keys, into, into_activity);
  }

 private:
  FindingSink& next_;
  ObservationTap& tap_;
};

// Parts what exceptions cover from the rest.
class Judgement::SortedFindings final : public FindingSink {
 public:
  explicit SortedFindings(Judgement& of) : of_(of) {}

  void take(const Finding& finding) override {
    const Exception* exception = of_.exceptions_ != nullptr ? of_.exceptions_->find(finding) : nullptr;
    if (exception == nullptr) {
      // It may have been permitted until an exception ended.
      if (of_.permitted_.open() > 0) of_.permitted_.withdraw(finding.subject, finding.activity, finding.key);
      if (of_.signatures_.is_signature(finding.source) && !of_.incidents_.holds(finding.subject, finding.activity, finding.key)) of_.signatures_.count_finding(finding.source);
      return of_.incidents_.take(finding);
    }
    of_.incidents_.withdraw(finding.subject, finding.activity, finding.key);
    ExceptionUse& use = of_.exception_uses_[exception->id];
    use.id = exception->id;
    use.last = finding.last_seen;
    if (!of_.permitted_.holds(finding.subject, finding.activity, finding.key)) {
      ++use.hits;
      of_.signatures_.count_permitted(finding.source);
    }
    of_.permitted_.permit(finding, exception->sentence());
  }
  void withdraw(const Subject& subject, const std::string& activity, const std::string& key) override {
    of_.incidents_.withdraw(subject, activity, key);
    of_.permitted_.withdraw(subject, activity, key);
  }
  void merge(const Subject& subject, const std::string& activity, const std::vector<std::string>& keys, const Subject& into,
             const std::string& into_activity) override {
    of_.incidents_.merge(subject, activity, keys, into, into_activity);
    of_.permitted_.merge(subject, activity, keys, into, into_activity);
  }

 private:
  Judgement& of_;
};

// Keeps out what was switched off (what was reported under the same key before goes), and adds
// to what is about a process whose child it is and what the panel says of it.
class Judgement::CompletedFindings final : public FindingSink {
 public:
  CompletedFindings(FindingSink& next, const Silence& silence, std::shared_ptr<const Panel> panel, const ProcessTable& processes)
      : next_(next), silence_(silence), panel_(std::move(panel)), processes_(processes) {}

  void take(const Finding& finding) override {
    if (silence_.covers(finding.source)) return next_.withdraw(finding.subject, finding.activity, finding.key);
    const Process* process = finding.process ? processes_.find(finding.process->id) : nullptr;
    if (process == nullptr) return next_.take(finding);
    Finding complete = finding;
    for (const Process* ancestor : processes_.ancestors(process->id)) complete.ancestors.push_back({ancestor->id.pid, ancestor->image.executable, ancestor->image.comm});
    if (panel_ != nullptr) {
      PanelResult result = panel_->evaluate(*process, processes_);
      complete.compromise_indicators = std::move(result.compromise);
      complete.wilful_indicators = std::move(result.wilful);
    }
    next_.take(complete);
  }
  void withdraw(const Subject& subject, const std::string& activity, const std::string& key) override { next_.withdraw(subject, activity, key); }
  void merge(const Subject& subject, const std::string& activity, const std::vector<std::string>& keys, const Subject& into,
             const std::string& into_activity) override {
    next_.merge(subject, activity, keys, into, into_activity);
  }

 private:
  FindingSink& next_;
  const Silence& silence_;
  std::shared_ptr<const Panel> panel_;
  const ProcessTable& processes_;
};

Judgement::Judgement(const JudgementOptions& options, const Ruleset& ruleset, const Declaration& declaration, EventSink& sink, ObservationTap* tap)
    : ruleset_(&ruleset),
      redactor_(options.hash_key),
      incidents_(options.incidents, declaration, redactor_, options.frame, sink),
      permitted_(options.incidents, declaration, redactor_, options.frame, sink, IncidentPurpose::Permitted),
      signatures_(ruleset, options.hits_per_minute),
      processes_(options.processes),
      attribution_(options.local, processes_),
      detectors_(make_detectors(options.abuse)),
      tap_(tap) {
  for (const Attributed& attributed : options.tenants) attribution_.learn(attributed);
  sorted_ = std::make_unique<SortedFindings>(*this);
  if (tap != nullptr) tapped_ = std::make_unique<TappedFindings>(*sorted_, *tap);
  FindingSink& next = tapped_ ? static_cast<FindingSink&>(*tapped_) : *sorted_;
  completed_ = std::make_unique<CompletedFindings>(next, silence_, options.panel, processes_);
  use(options.exceptions);
  choose_detectors();
}

Judgement::~Judgement() = default;

DetectorContext Judgement::context() { return {*ruleset_, names_, processes_, attribution_, flows_, *completed_}; }

void Judgement::take(const Observation& observation) {
  incidents_.advance(observation.at);
  permitted_.advance(observation.at);
  if (std::holds_alternative<TimePassed>(observation.what)) return;
  const auto* hit = std::get_if<SignatureHit>(&observation.what);
  const Signature* signature = hit != nullptr ? ruleset_->find(hit->signature) : nullptr;
  if (signature != nullptr && !signatures_.count_hit(static_cast<std::size_t>(signature - ruleset_->signatures().data()), observation.at, silence_.covers(hit->signature))) return;
  if (tap_ != nullptr) tap_->see(observation);
  if (const auto* dns = std::get_if<DnsSeen>(&observation.what)) names_.learn(*dns, observation.flow.sender(dns->asker).address);
  if (const auto* host = std::get_if<HostSeen>(&observation.what)) {
    processes_.learn(host->record(), observation.at);
    attribution_.learn(host->record());
  }
  const DetectorContext asked_with = context();
  for (Detector* detector : asked_) detector->observe(observation, asked_with);
  if (signature != nullptr) count_shadow(observation, *hit, *signature);
  if (std::holds_alternative<FlowOver>(observation.what)) end_flow(observation.flow.id);
  incidents_.settle();
  permitted_.settle();
}

void Judgement::take(const FlowLife& life) {
  incidents_.advance(life.at);
  permitted_.advance(life.at);
  const DetectorContext asked_with = context();
  for (Detector* detector : following_[static_cast<std::size_t>(life.step)]) detector->follow(life, asked_with);
  incidents_.settle();
  permitted_.settle();
}

void Judgement::count_shadow(const Observation& observation, const SignatureHit& hit, const Signature& signature) {
  if ((signature.status != SignatureStatus::Shadow && signature.status != SignatureStatus::Experimental) || silence_.covers(hit.signature)) return;
  std::optional<Subject> subject;
  if (hit.process) {
    if (const Process* process = processes_.find(*hit.process)) subject = attribution_.subject_of(*process, observation.at);
  } else {
    subject = attribution_.subject_of(observation.flow, observation.sender, observation.at, std::nullopt);
  }
  if (subject) shadow_.count(signature, *subject, observation.at, !incidents_.is_open(*subject, signature.activity));
}

// The next conversation between the same ends may be another process's.
void Judgement::end_flow(std::uint64_t flow) {
  const FlowStanding* standing = flows_.of_flow(flow);
  if (standing == nullptr) return;
  const auto& [miner, pool, protocol] = standing->socket;
  processes_.release(miner, pool, protocol, standing->last_seen);
  flows_.forget(flow);
}

void Judgement::use(const Ruleset& ruleset, const Declaration& declaration, const EventFrame& frame) {
  ruleset_ = &ruleset;
  signatures_.use(ruleset);
  incidents_.use(declaration, frame);
  permitted_.use(declaration, frame);
}

void Judgement::use(std::shared_ptr<const Exceptions> exceptions) {
  exceptions_ = std::move(exceptions);
  if (exceptions_ == nullptr) return;
  for (const Exception& entry : exceptions_->entries) exception_uses_.try_emplace(entry.id, ExceptionUse{entry.id, 0, {}});
}

std::vector<ExceptionUse> Judgement::exception_uses() const {
  std::vector<ExceptionUse> uses;
  uses.reserve(exception_uses_.size());
  for (const auto& [id, use] : exception_uses_) uses.push_back(use);
  return uses;
}

void Judgement::silence(const Silence& silence) {
  silence_ = silence;
  choose_detectors();
  incidents_.silence(silence_);
  permitted_.silence(silence_);
}

void Judgement::choose_detectors() {
  asked_.clear();
  for (std::size_t i = 0; i < detectors_.size(); ++i)
    if (!silence_.covers(detector_names()[i])) asked_.push_back(detectors_[i].get());
  for (std::size_t step = 0; step < kLifeStepCount; ++step) {
    following_[step].clear();
    std::copy_if(asked_.begin(), asked_.end(), std::back_inserter(following_[step]), [step](const Detector* detector) { return contains(detector->follows(), static_cast<LifeStep>(step)); });
  }
}

std::uint64_t Judgement::subjects_refused() const {
  return std::accumulate(detectors_.begin(), detectors_.end(), std::uint64_t{0}, [](std::uint64_t sum, const auto& detector) { return sum + detector->refused(); });
}

void Judgement::set_quality(const Quality& quality) {
  incidents_.set_quality(quality);
  permitted_.set_quality(quality);
}

void Judgement::finish(Timestamp now) {
  incidents_.advance(now);
  permitted_.advance(now);
  incidents_.finish();
  permitted_.finish();
}

}  // namespace scanner

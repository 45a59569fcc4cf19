#include "scanner/engine/judgement.h"

#include <algorithm>
#include <unordered_map>

namespace scanner {

// Whose an address is: by the attributions that were seen, else the address speaks for itself.
class Judgement::HostView final : public Attribution {
 public:
  explicit HostView(std::vector<Cidr> local) : local_(std::move(local)) {}

  std::optional<Subject> subject_of(const IpAddress& address) const override {
    if (!address.can_be_subject()) return std::nullopt;
    if (!local_.empty() && std::none_of(local_.begin(), local_.end(), [&](const Cidr& range) { return range.contains(address); })) return std::nullopt;
    Subject subject;
    const auto known = attributed_.find(address);
    if (known != attributed_.end()) {
      subject = known->second;
    } else {
      subject.id = "ip:" + address.to_string();
    }
    subject.address = address;
    return subject;
  }

  std::optional<Subject> local_subject_of(const IpAddress& address) const override {
    if (local_.empty() && !attributed_.contains(address)) return std::nullopt;
    return subject_of(address);
  }

  Subject host() const override {
    Subject subject;
    subject.id = "host:local";
    return subject;
  }

  void learn(const HostRecord& record) {
    const auto* known = std::get_if<Attributed>(&record.what);
    if (known == nullptr || (attributed_.size() >= kMaxAttributions && !attributed_.contains(known->address))) return;
    Subject subject;
    subject.id = "tenant:" + known->tenant + (known->instance.empty() ? "" : "/" + known->instance);
    subject.tenant = known->tenant;
    subject.instance = known->instance;
    subject.attribution_method = known->method;
    subject.attribution_proof = known->proof;
    subject.attributed_from = record.at;
    attributed_.insert_or_assign(known->address, std::move(subject));
  }

 private:
  static constexpr std::size_t kMaxAttributions = 65536;
  std::vector<Cidr> local_;
  std::unordered_map<IpAddress, Subject> attributed_;
};

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

// Keeps out what was switched off; what was reported under the same key before goes.
class Judgement::UnsilencedFindings final : public FindingSink {
 public:
  UnsilencedFindings(FindingSink& next, const Silence& silence) : next_(next), silence_(silence) {}

  void take(const Finding& finding) override {
    if (silence_.covers(finding.source))
      next_.withdraw(finding.subject, finding.activity, finding.key);
    else
      next_.take(finding);
  }
  void withdraw(const Subject& subject, const std::string& activity, const std::string& key) override { next_.withdraw(subject, activity, key); }
  void merge(const Subject& subject, const std::string& activity, const std::vector<std::string>& keys, const Subject& into,
             const std::string& into_activity) override {
    next_.merge(subject, activity, keys, into, into_activity);
  }

 private:
  FindingSink& next_;
  const Silence& silence_;
};

Judgement::Judgement(const JudgementOptions& options, const Ruleset& ruleset, const Declaration& declaration, EventSink& sink, ObservationTap* tap)
    : ruleset_(&ruleset),
      redactor_(options.hash_key),
      incidents_(options.incidents, declaration, redactor_, options.frame, sink),
      hosts_(std::make_unique<HostView>(options.local)),
      processes_(options.processes),
      detectors_(make_detectors()),
      tap_(tap) {
  if (tap != nullptr) tapped_ = std::make_unique<TappedFindings>(incidents_, *tap);
}

Judgement::~Judgement() = default;

void Judgement::take(const Observation& observation) {
  incidents_.advance(observation.at);
  if (std::holds_alternative<TimePassed>(observation.what)) return;
  if (tap_ != nullptr) tap_->see(observation);
  if (const auto* dns = std::get_if<DnsSeen>(&observation.what)) names_.learn(*dns, observation.flow.sender(dns->asker).address);
  if (const auto* host = std::get_if<HostSeen>(&observation.what)) {
    hosts_->learn(host->record);
    processes_.learn(host->record, observation.at);
  }
  FindingSink& all = tapped_ ? static_cast<FindingSink&>(*tapped_) : incidents_;
  UnsilencedFindings unsilenced(all, silence_);
  FindingSink& findings = silence_.any() ? static_cast<FindingSink&>(unsilenced) : all;
  const DetectorContext context{*ruleset_, names_, processes_, *hosts_, flows_, findings};
  for (std::size_t i = 0; i < detectors_.size(); ++i)
    if (!silence_.covers(detector_names()[i])) detectors_[i]->observe(observation, context);
  if (std::holds_alternative<FlowOver>(observation.what)) end_flow(observation.flow.id);
  incidents_.settle();
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
  incidents_.use(declaration, frame);
}

void Judgement::silence(const Silence& silence) {
  silence_ = silence;
  incidents_.silence(silence_);
}

void Judgement::set_quality(const Quality& quality) { incidents_.set_quality(quality); }

void Judgement::finish(Timestamp now) {
  incidents_.advance(now);
  incidents_.finish();
}

}  // namespace scanner

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

Judgement::Judgement(const JudgementOptions& options, const Ruleset& ruleset, const Declaration& declaration, EventSink& sink, ObservationTap* tap)
    : ruleset_(ruleset),
      redactor_(options.hash_key),
      incidents_(options.incidents, declaration, redactor_, options.frame, sink),
      hosts_(std::make_unique<HostView>(options.local)),
      detectors_(make_detectors()),
      tap_(tap) {}

Judgement::~Judgement() = default;

void Judgement::take(const Observation& observation) {
  incidents_.advance(observation.at);
  if (tap_ != nullptr) tap_->see(observation);
  if (const auto* dns = std::get_if<DnsSeen>(&observation.what)) names_.learn(*dns, observation.flow.sender(dns->asker).address);
  if (const auto* host = std::get_if<HostSeen>(&observation.what)) hosts_->learn(host->record);
  const DetectorContext context{ruleset_, names_, *hosts_, incidents_};
  for (const auto& detector : detectors_) detector->observe(observation, context);
  incidents_.settle();
}

void Judgement::advance(Timestamp now) { incidents_.advance(now); }
void Judgement::set_quality(const Quality& quality) { incidents_.set_quality(quality); }

void Judgement::finish(Timestamp now) {
  incidents_.advance(now);
  incidents_.finish();
}

}  // namespace scanner

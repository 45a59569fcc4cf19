#include "scanner/engine/attribution_book.h"

#include <algorithm>
#include <utility>

namespace scanner {
namespace {

constexpr std::size_t kMaxRivals = 8, kMaxProofs = 4;

std::string holder_name(const Claim& claim) { return claim.instance.empty() ? claim.tenant : claim.tenant + "/" + claim.instance; }

void doubt(Subject& subject, std::string what, double factor) { subject.doubts.push_back({std::move(what), factor}); }

void dispute(Subject& subject, const std::vector<Claim>& holders) {
  std::string names;
  for (const Claim& claim : holders) {
    RivalHolder rival{claim.tenant, claim.instance, claim.method, claim.proof};
    if (subject.rivals.size() == kMaxRivals || std::find(subject.rivals.begin(), subject.rivals.end(), rival) != subject.rivals.end()) continue;
    names += (names.empty() ? "" : "; ") + holder_name(claim) + ": " + claim.proof;
    subject.rivals.push_back(std::move(rival));
  }
  doubt(subject, "sources disagree whose it is, so none of them is named: " + names, AttributionBook::kDisputed);
}

// All name one tenant. What stands in front is told first; the shortest time holds.
void name_tenant(Subject& subject, const std::vector<Claim>& holders) {
  const Claim& first = holders.front();
  subject.tenant = first.tenant;
  subject.attribution_method = first.method;
  std::vector<std::string> proofs;
  bool instances_agree = true;
  for (const Claim& claim : holders) {
    if (!claim.instance.empty()) {
      instances_agree = instances_agree && (subject.instance.empty() || subject.instance == claim.instance);
      subject.instance = claim.instance;
    }
    if (!claim.proof.empty() && proofs.size() < kMaxProofs && std::find(proofs.begin(), proofs.end(), claim.proof) == proofs.end())
      proofs.push_back(claim.proof);
    subject.attributed_from = std::max(subject.attributed_from, claim.from);
    if (claim.until.ns != 0 && (subject.attributed_until.ns == 0 || claim.until < subject.attributed_until)) subject.attributed_until = claim.until;
  }
  for (const std::string& proof : proofs) subject.attribution_proof += (subject.attribution_proof.empty() ? "" : "; and ") + proof;
  if (!instances_agree) {
    subject.instance.clear();
    doubt(subject, "sources disagree which instance of " + subject.tenant + " it is: " + subject.attribution_proof, AttributionBook::kInstance);
  }
  subject.id = "tenant:" + subject.tenant + (subject.instance.empty() ? "" : "/" + subject.instance);
}

// The claim that held last before, or holds first after.
void lapse(Subject& subject, const std::vector<Claim>& past, Timestamp at) {
  const Claim* nearest = nullptr;
  for (const Claim& claim : past)
    if (claim.until.ns != 0 && claim.until <= at && (nearest == nullptr || nearest->until < claim.until)) nearest = &claim;
  if (nearest != nullptr)
    return doubt(subject, "it was " + holder_name(*nearest) + "'s until " + to_rfc3339(nearest->until) + " and nobody's that is known after", AttributionBook::kLapsed);
  for (const Claim& claim : past)
    if (claim.from > at && (nearest == nullptr || claim.from < nearest->from)) nearest = &claim;
  if (nearest != nullptr)
    doubt(subject, "it is " + holder_name(*nearest) + "'s from " + to_rfc3339(nearest->from) + " on and nobody's that is known before", AttributionBook::kLapsed);
}

void conclude(Subject& subject, const Claims& claims, Timestamp at) {
  std::vector<Claim> holders;
  const Claim* shared = nullptr;
  for (const Claim& claim : claims.holding)
    if (claim.shared)
      shared = &claim;
    else
      holders.push_back(claim);
  if (holders.empty() && shared != nullptr) return doubt(subject, "the address is shared: " + shared->proof, AttributionBook::kShared);
  if (holders.empty()) return lapse(subject, claims.past, at);
  const bool agree = std::all_of(holders.begin(), holders.end(), [&](const Claim& claim) { return claim.tenant == holders.front().tenant; });
  if (!agree) return dispute(subject, holders);
  name_tenant(subject, holders);
}

// What the address alone says: nothing beside a shared one.
void add_address(Claims& claims, Claims of_address) {
  const bool shared = std::any_of(of_address.holding.begin(), of_address.holding.end(), [](const Claim& claim) { return claim.shared; });
  for (Claim& claim : of_address.holding)
    if (claim.shared || !shared) claims.holding.push_back(std::move(claim));
  std::move(of_address.past.begin(), of_address.past.end(), std::back_inserter(claims.past));
}

}  // namespace

void AttributionBook::learn(const HostRecord& record) {
  if (const auto* attributed = std::get_if<Attributed>(&record.what)) claims_.learn(*attributed, record.at);
  if (const auto* container = std::get_if<ContainerSeen>(&record.what)) claims_.learn(*container, record.at);
}

bool AttributionBook::is_local(const IpAddress& address) const {
  return std::any_of(local_.begin(), local_.end(), [&](const Cidr& range) { return range.contains(address); });
}

const Process* AttributionBook::owner_of(const FlowRef& flow, Direction sender, const std::optional<ProcessId>& owner) const {
  const Process* process = owner ? processes_.find(*owner) : processes_.owner_of(flow.sender(sender), flow.receiver(sender), flow.tuple.protocol);
  return process != nullptr && process->started_seen ? process : nullptr;
}

Subject AttributionBook::at_end(const FlowRef& flow, Direction sender, Timestamp at, const Process* process) const {
  const IpAddress& address = flow.sender(sender).address;
  Subject subject;
  subject.id = "ip:" + address.to_string();
  subject.address = address;
  Claims claims, of_address;
  if (process != nullptr) {
    subject.process = process->id;
    claims_.of_process(process->image, at, claims);
  }
  claims_.of_address(address, at, of_address);
  add_address(claims, std::move(of_address));
  // Strangers' packets cross a tenant's network too: it speaks for an end that is ours alone.
  const bool ours = process != nullptr || !local_.empty() || !claims.holding.empty();
  if (ours) claims_.of_networks(flow, at, claims);
  conclude(subject, claims, at);
  return subject;
}

std::optional<Subject> AttributionBook::subject_of(const FlowRef& flow, Direction sender, Timestamp at, const std::optional<ProcessId>& owner) const {
  const IpAddress& address = flow.sender(sender).address;
  if (!address.can_be_subject() || (!local_.empty() && !is_local(address))) return std::nullopt;
  return at_end(flow, sender, at, owner_of(flow, sender, owner));
}

std::optional<Subject> AttributionBook::local_subject_of(const FlowRef& flow, Direction sender, Timestamp at) const {
  auto subject = subject_of(flow, sender, at, std::nullopt);
  if (!subject || !local_.empty()) return subject;
  const bool ours = subject->process || !subject->tenant.empty() || !subject->doubts.empty();
  return ours ? subject : std::nullopt;
}

Subject AttributionBook::subject_of(const Process& process, Timestamp at) const {
  Subject subject;
  subject.id = "host:local";
  subject.process = process.id;
  Claims claims, of_address;
  claims_.of_process(process.image, at, claims);
  if (process.address && process.address->can_be_subject() && (local_.empty() || is_local(*process.address))) {
    subject.id = "ip:" + process.address->to_string();
    subject.address = *process.address;
    claims_.of_address(*process.address, at, of_address);
    add_address(claims, std::move(of_address));
  }
  conclude(subject, claims, at);
  return subject;
}

}  // namespace scanner

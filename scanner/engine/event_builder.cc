#include "scanner/engine/event_builder.h"

#include "scanner/engine/attribution_book.h"
#include "scanner/model/bytes.h"
#include "scanner/model/digest.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace scanner {
namespace {

constexpr std::size_t kMaxListed = 100;

double rounded(double value) { return std::round(value * 1000) / 1000; }

// Highest stage first, then in the order of time; the tuple settles ties so that the order
// depends on nothing but the findings.
bool listed_before(const Finding* a, const Finding* b) {
  if (a->stage != b->stage) return a->stage > b->stage;
  if (a->first_seen != b->first_seen) return a->first_seen < b->first_seen;
  if (a->flow && b->flow && a->flow->tuple != b->flow->tuple) return a->flow->tuple < b->flow->tuple;
  return std::pair(a->source, a->key) < std::pair(b->source, b->key);
}

struct MiningTotal {
  MiningFacts facts;
  double seconds() const { return static_cast<double>((facts.last_share - facts.first_work).count()) / 1e9; }
};

void add(MiningFacts& total, const MiningFacts& part) {
  total.submitted += part.submitted;
  total.accepted += part.accepted;
  total.rejected += part.rejected;
  total.hashes += part.hashes;
  total.difficulty += part.difficulty;
  total.hashes_known = total.hashes_known && (part.hashes_known || part.accepted == 0);
  total.clock_clamped = total.clock_clamped || part.clock_clamped;
  if (part.first_work.ns != 0 && (total.first_work.ns == 0 || part.first_work < total.first_work)) total.first_work = part.first_work;
  total.last_share = std::max(total.last_share, part.last_share);
  if (total.algorithm.empty()) total.algorithm = part.algorithm;
  if (total.worker.empty()) total.worker = part.worker;
  // A known program says more than an unknown one; else the first that was told.
  if (total.agent.empty() || (total.agent_family.empty() && !part.agent_family.empty())) {
    total.agent = part.agent;
    total.agent_family = part.agent_family;
    total.agent_version = part.agent_version;
    total.agent_kind = part.agent_kind;
  }
}

std::vector<MiningSummary> summarise_mining(const std::vector<const Finding*>& findings, const Redactor& redactor) {
  std::map<std::pair<std::string, std::string>, MiningTotal> totals;
  for (const Finding* finding : findings) {
    if (!finding->mining || finding->stage < Stage::Contact) continue;
    add(totals[{finding->mining->coin, finding->mining->pool}].facts, *finding->mining);
  }
  std::vector<MiningSummary> out;
  for (const auto& [key, total] : totals) {
    MiningSummary summary;
    summary.coin = key.first;
    summary.pool = key.second;
    summary.algorithm = total.facts.algorithm;
    summary.worker_prefix = redactor.prefix(total.facts.worker);
    summary.worker_ref = redactor.reference(total.facts.worker);
    summary.agent = redactor.text_excerpt(total.facts.agent);
    summary.agent_family = total.facts.agent_family;
    summary.agent_version = redactor.text_excerpt(total.facts.agent_version);
    summary.agent_kind = total.facts.agent_kind;
    summary.submitted = total.facts.submitted;
    summary.accepted = total.facts.accepted;
    summary.rejected = total.facts.rejected;
    if (total.facts.accepted > 0 && total.seconds() >= 1 && !total.facts.clock_clamped) {
      if (total.facts.hashes_known && total.facts.hashes > 0) summary.hashrate = total.facts.hashes / total.seconds();
      summary.difficulty_per_second = total.facts.difficulty / total.seconds();
    }
    out.push_back(std::move(summary));
  }
  // The one with the most shares first: that is what a reviewer wants to see.
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return std::pair(a.accepted, a.submitted) > std::pair(b.accepted, b.submitted); });
  if (out.size() > kMaxListed) out.resize(kMaxListed);
  return out;
}

// The finding that the event stands on: of those on the highest rung the one whose subject is
// surest; of equal ones the first in the list.
const Finding* strongest(const std::vector<const Finding*>& findings) {
  const auto sureness = [](const Finding& finding) {
    double left = 1;
    for (const AttributionDoubt& doubt : finding.subject.doubts) left *= doubt.factor;
    return left;
  };
  const Finding* best = nullptr;
  for (const Finding* finding : findings)
    if (best == nullptr || (finding->stage == best->stage && sureness(*finding) > sureness(*best))) best = finding;
  return best;
}

// How the subject is known, by the strongest finding. Whose conduct it is was settled when the
// incident opened; what is in doubt about it multiplies the confidence.
void attribute(const Finding& by, const Redactor& redactor, BreachEvent& event) {
  const IpAddress address = event.subject.address;
  event.subject = redactor.subject(by.subject);
  event.subject.address = address;
  const Timestamp until = by.subject.attributed_until;
  if (until.ns != 0 && by.last_seen > until)
    event.subject.doubts.push_back({"the attribution held until " + to_rfc3339(until) + ", the conduct went on until " + to_rfc3339(by.last_seen), AttributionBook::kLapsed});
  for (const AttributionDoubt& doubt : event.subject.doubts) {
    event.arithmetic.push_back({"attribution: " + doubt.what, doubt.factor});
    event.confidence *= doubt.factor;
  }
  event.confidence = rounded(event.confidence);
}

// Independent kinds are combined as if each could be wrong on its own: 1 - Π(1 - w). A list
// entry is not independent of the traffic it was found in: it raises that kind's weight.
void assess(const std::vector<const Finding*>& findings, BreachEvent& event) {
  double doubt = 1;
  for (const EvidenceKind kind : {EvidenceKind::Traffic, EvidenceKind::Process, EvidenceKind::Usage}) {
    const Finding* best = nullptr;
    double listed = 0;  // the confidence in the best listing
    for (const Finding* finding : findings) {
      if (finding->kind != kind) continue;
      if (best == nullptr || finding->weight > best->weight) best = finding;
      if (!finding->listed.empty()) listed = std::max(listed, finding->listing ? finding->listing->confidence : 1.0);
    }
    if (best == nullptr || best->weight <= 0) continue;
    double weight = best->weight;
    event.independent_kinds.emplace_back(to_string(kind));
    event.arithmetic.push_back({std::string(to_string(kind)) + ": " + best->reason, rounded(weight)});
    if (listed > 0) {
      constexpr double kListed = 0.3;
      weight = 1 - (1 - weight) * (1 - kListed * listed);
      event.arithmetic.push_back({std::string(to_string(kind)) + ": the other end is on a list", rounded(kListed * listed)});
    }
    doubt *= 1 - weight;
  }
  event.confidence = rounded(1 - doubt);
}

// What the panel said of the processes, once each.
std::vector<std::string> indicators(const std::vector<const Finding*>& findings, std::vector<std::string> Finding::*list, const Redactor& redactor) {
  constexpr std::size_t kMaxIndicators = 32;
  std::vector<std::string> told;
  for (const Finding* finding : findings)
    for (const std::string& sentence : finding->*list) {
      std::string clean = redactor.text_excerpt(sentence);
      if (told.size() < kMaxIndicators && std::find(told.begin(), told.end(), clean) == told.end()) told.push_back(std::move(clean));
    }
  return told;
}

}  // namespace

void count_finding(const Finding& finding, BreachEvent::Counts& counts) {
  counts.attempts += finding.attempts;
  // Signatures and names on the same flow are no conversations of their own.
  if (finding.kind != EvidenceKind::Traffic || !finding.key.starts_with("flow:")) return;
  switch (finding.stage) {
    case Stage::Contact: ++counts.contacts; break;
    case Stage::Session: ++counts.sessions; break;
    case Stage::Work: ++counts.work; break;
    case Stage::Proof: ++counts.proof; break;
    case Stage::None:
    case Stage::Interest:
    case Stage::Observed:
    case Stage::Confirmed: break;
  }
}

Rungs RungCount::rungs() const {
  const auto highest = [this](EvidenceKind kind) {
    const auto& counts = counts_[static_cast<std::size_t>(kind)];
    for (std::size_t stage = kStages; stage-- > 0;)
      if (counts[stage] != 0) return static_cast<Stage>(stage);
    return Stage::None;
  };
  Rungs rungs;
  rungs.traffic = highest(EvidenceKind::Traffic);
  rungs.process = highest(EvidenceKind::Process);
  rungs.overall = std::max({rungs.traffic, rungs.process, highest(EvidenceKind::Usage)});
  return rungs;
}

void IncidentRecord::put(const Finding& finding) {
  const auto [place, fresh] = findings.try_emplace(finding.key);
  if (!fresh) rungs.remove(place->second);
  place->second = finding;
  rungs.add(finding);
}

bool IncidentRecord::drop(const std::string& key) {
  const auto found = findings.find(key);
  if (found == findings.end()) return false;
  rungs.remove(found->second);
  findings.erase(found);
  return true;
}

std::string incident_id(const Subject& subject, const std::string& activity, Timestamp first_seen) {
  const std::string text = subject.id + "\n" + activity + "\n" + std::to_string(first_seen.ns);
  return to_hex(Bytes(sha256(as_bytes(text))).first(16));
}

std::string event_id(const std::string& incident, std::uint32_t revision) {
  return to_hex(Bytes(sha256(as_bytes(incident + "\n" + std::to_string(revision)))).first(16));
}

BreachEvent build_event(const IncidentRecord& incident, const Redactor& redactor) {
  BreachEvent event;
  event.incident = incident.id;
  event.revision = incident.revision;
  event.id = event_id(incident.id, incident.revision);
  event.activity = incident.activity;
  event.subject = incident.subject;
  event.first_seen = incident.first_seen;
  event.last_seen = incident.last_seen;
  event.observations = incident.observations;
  event.merged_into = incident.merged_into;
  const Rungs rungs = incident.rungs.rungs();
  event.stage = rungs.overall;
  event.traffic_stage = rungs.traffic;
  event.process_stage = rungs.process;
  event.counts = incident.folded;
  std::vector<const Finding*> findings;
  bool clamped = false;
  for (const auto& [key, finding] : incident.findings) {
    count_finding(finding, event.counts);
    clamped = clamped || (finding.mining && finding.mining->clock_clamped);
    findings.push_back(&finding);
  }
  std::sort(findings.begin(), findings.end(), listed_before);
  assess(findings, event);
  if (const Finding* by = strongest(findings))
    attribute(*by, redactor, event);
  else
    event.subject = redactor.subject(event.subject);
  if (clamped) event.counter_evidence.emplace_back("timestamps ran backwards or jumped: no rate was judged over that time");
  event.compromise_indicators = indicators(findings, &Finding::compromise_indicators, redactor);
  event.wilful_indicators = indicators(findings, &Finding::wilful_indicators, redactor);
  event.mining = summarise_mining(findings, redactor);
  event.findings_total = findings.size() + incident.folded_findings;
  for (const Finding* finding : findings) {
    if (event.findings.size() == kMaxListed) break;
    if (finding->stage != Stage::None) event.findings.push_back(redactor.finding(*finding));
  }
  return event;
}

}  // namespace scanner

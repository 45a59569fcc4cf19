#include "tools/aupsig/outcome.h"

#include "scanner/engine/event_json.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

namespace scanner {
namespace {

using SortedJson = nlohmann::json;  // so equal claims are equal text

constexpr std::size_t kMaxFields = 12;
constexpr double kSame = 1e-9;  // confidences are sums of a few products

std::string dumped(const SortedJson& json) { return json.dump(-1, ' ', false, SortedJson::error_handler_t::replace); }

ChangeKind kind_of(const Outcome& a, const Outcome& b) {
  if (std::tie(a.type, a.stage, a.traffic, a.process) != std::tie(b.type, b.stage, b.traffic, b.process)) return ChangeKind::Stage;
  if (std::abs(a.confidence - b.confidence) > kSame) return ChangeKind::Confidence;
  if (a.sources != b.sources || a.findings != b.findings) return ChangeKind::Evidence;
  return ChangeKind::Other;
}

bool same(const Outcome& a, const Outcome& b) { return kind_of(a, b) == ChangeKind::Other && a.rest == b.rest && a.incident == b.incident; }

std::vector<std::string> differing_fields(const Outcome& a, const Outcome& b) {
  std::vector<std::string> fields;
  if (a.incident != b.incident) fields.emplace_back("incident");
  const SortedJson before = SortedJson::parse(a.rest, nullptr, false).flatten(), after = SortedJson::parse(b.rest, nullptr, false).flatten();
  std::set<std::string> paths;
  for (const auto& [path, value] : before.items())
    if (const auto other = after.find(path); other == after.end() || *other != value) paths.insert(path);
  for (const auto& [path, value] : after.items())
    if (!before.contains(path)) paths.insert(path);
  for (const std::string& path : paths) {
    if (fields.size() == kMaxFields) break;
    fields.push_back(path.substr(path.starts_with("/data/") ? 6 : 1) + ": " + (before.contains(path) ? dumped(before[path]) : "nothing") + " → " +
                     (after.contains(path) ? dumped(after[path]) : "nothing"));
  }
  return fields;
}

OutcomeChange change_of(Outcome before, Outcome after) {
  OutcomeChange change;
  change.kind = kind_of(before, after);
  if (change.kind == ChangeKind::Other) change.fields = differing_fields(before, after);
  change.before = std::move(before);
  change.after = std::move(after);
  return change;
}

// Takes the first of `verdicts` for which `fits`.
template <typename Fits>
std::optional<Outcome> take(std::vector<Outcome>& verdicts, const Fits& fits) {
  const auto found = std::find_if(verdicts.begin(), verdicts.end(), fits);
  if (found == verdicts.end()) return std::nullopt;
  Outcome taken = std::move(*found);
  verdicts.erase(found);
  return taken;
}

void by_time(std::vector<Outcome>& verdicts) {
  std::sort(verdicts.begin(), verdicts.end(), [](const Outcome& a, const Outcome& b) { return std::tie(a.first_seen, a.incident) < std::tie(b.first_seen, b.incident); });
}

}  // namespace

Outcome outcome_of(const BreachEvent& event) {
  Outcome verdict{event.incident, event.subject.id, event.activity, event.type, event.stage, event.traffic_stage, event.process_stage, event.confidence, event.first_seen, {}, {}, {}};
  for (const Finding& finding : event.findings) verdict.sources[finding.source] = finding.revision;
  SortedJson claim = SortedJson::parse(claim_of(to_json(event, JsonFrame{})), nullptr, false);
  SortedJson& data = claim["data"];
  std::multiset<std::string> findings;
  for (SortedJson& finding : data["findings"]) {
    finding.erase("signature");
    findings.insert(dumped(finding));
  }
  for (const std::string& finding : findings) verdict.findings += finding + "\n";
  for (const char* key : {"findings", "incident", "stage", "stages", "confidence"}) data.erase(key);
  claim.erase("type");
  verdict.rest = dumped(claim);
  return verdict;
}

std::string_view to_string(EventType type) {
  static constexpr std::array<std::string_view, 3> kNames{"breach", "indicator", "permitted"};
  return kNames[static_cast<std::size_t>(type)];
}

std::string_view to_string(ChangeKind kind) {
  static constexpr std::array<std::string_view, kChangeKinds> kNames{"appears", "disappears", "stage", "confidence", "evidence", "other"};
  return kNames[static_cast<std::size_t>(kind)];
}

EventType OutcomeChange::type() const {
  if (!before || !after) return any().type;
  return before->type == EventType::Breach ? EventType::Breach : after->type;
}

std::vector<std::string> OutcomeChange::source_changes() const {
  static const std::map<std::string, std::uint32_t> kNone;
  const auto& was = before ? before->sources : kNone;
  const auto& is = after ? after->sources : kNone;
  std::set<std::string> all;
  for (const auto* side : {&was, &is})
    for (const auto& [id, revision] : *side) all.insert(id);
  std::vector<std::string> changes;
  for (const std::string& id : all) {
    const auto old_one = was.find(id), new_one = is.find(id);
    const auto revision = [](auto at) { return at->second > 0 ? " r" + std::to_string(at->second) : std::string(); };
    if (old_one == was.end())
      changes.push_back("+ " + id + revision(new_one));
    else if (new_one == is.end())
      changes.push_back("- " + id + revision(old_one));
    else if (old_one->second != new_one->second)
      changes.push_back("~ " + id + revision(old_one) + " →" + revision(new_one));
  }
  return changes;
}

std::vector<OutcomeChange> compare_outcomes(std::vector<Outcome> before, std::vector<Outcome> after) {
  by_time(before);
  by_time(after);
  std::vector<OutcomeChange> changes;
  const auto pair = [&](const auto& alike) {
    std::vector<Outcome> unpaired;
    for (Outcome& verdict : before) {
      auto other = take(after, [&](const Outcome& candidate) { return alike(verdict, candidate); });
      if (!other)
        unpaired.push_back(std::move(verdict));
      else if (!same(verdict, *other))
        changes.push_back(change_of(std::move(verdict), std::move(*other)));
    }
    before = std::move(unpaired);
  };
  pair([](const Outcome& a, const Outcome& b) { return a.incident == b.incident; });
  pair([](const Outcome& a, const Outcome& b) { return a.subject == b.subject && a.activity == b.activity; });
  for (Outcome& verdict : before) changes.push_back({ChangeKind::Disappears, std::move(verdict), std::nullopt, {}});
  for (Outcome& verdict : after) changes.push_back({ChangeKind::Appears, std::nullopt, std::move(verdict), {}});
  std::stable_sort(changes.begin(), changes.end(), [](const OutcomeChange& a, const OutcomeChange& b) {
    return std::tie(a.kind, a.any().subject, a.any().activity) < std::tie(b.kind, b.any().subject, b.any().activity);
  });
  return changes;
}

}  // namespace scanner

#include "scanner/policy/declaration.h"

#include "scanner/model/bytes.h"
#include "scanner/model/digest.h"
#include "scanner/model/yaml.h"

#include <algorithm>
#include <array>
#include <set>

namespace scanner {
namespace {

constexpr std::array<std::string_view, 4> kSeverities{"low", "medium", "high", "critical"};
constexpr std::array<std::string_view, 2> kBases{"breach", "abnormal"};

// The four measures of clause 9.1 and the words in which an event proposes them.
constexpr std::array<std::string_view, 4> kMeasureKeys{"restrict", "end", "law", "other"};
constexpr std::array<std::string_view, 4> kMeasureTexts{"(1) restrict or suspend", "(2) end the service", "(3) pursue at law",
                                                         "(4) other suitable measures"};

std::optional<Stage> read_stage(const std::string& text, const YamlNode& at, YamlContext& context) {
  if (text == "never") return std::nullopt;
  const auto stage = stage_from(text);
  if (!stage || *stage == Stage::None)
    context.error(at, "D101", "'" + text + "' is no stage", "one of interest, contact, session, work, proof, observed, confirmed");
  return stage;
}

void read_severity(const YamlNode& node, ProhibitedActivity& activity, YamlContext& context) {
  YamlMap map(node, "severity", context);
  for (const auto& [key, value] : map.entries()) {
    const auto stage = stage_from(key->text);
    if (!stage || *stage == Stage::None) {
      context.error(*key, "D101", "'" + key->text + "' is no stage");
      continue;
    }
    const auto text = yaml_string(*value, "severity", context);
    if (!text) continue;
    if (std::find(kSeverities.begin(), kSeverities.end(), *text) == kSeverities.end())
      context.error(*value, "D102", "'" + *text + "' is no severity", "one of low, medium, high, critical");
    activity.severity[*stage] = *text;
  }
}

void read_measures(const YamlNode& node, ProhibitedActivity& activity, YamlContext& context) {
  for (const YamlNode& item : node.items) {
    const auto text = yaml_string(item, "measure", context);
    if (!text) continue;
    const auto found = std::find(kMeasureKeys.begin(), kMeasureKeys.end(), *text);
    if (found == kMeasureKeys.end())
      context.error(item, "D103", "'" + *text + "' is none of clause 9.1's measures", "one of restrict, end, law, other");
    else
      activity.measures.emplace_back(kMeasureTexts[static_cast<std::size_t>(found - kMeasureKeys.begin())]);
  }
}

ProhibitedActivity read_activity(const YamlNode& node, YamlContext& context) {
  ProhibitedActivity activity;
  YamlMap map(node, "activity", context);
  activity.activity = map.string("activity").value_or("");
  const auto& known = known_activities();
  if (!activity.activity.empty() && std::find(known.begin(), known.end(), activity.activity) == known.end()) {
    const std::string_view near = nearest_name(activity.activity, known);
    context.error(node, "D104", "'" + activity.activity + "' is no activity that this scanner knows",
                  near.empty() ? "see config/declaration.yaml for the list" : "did you mean '" + std::string(near) + "'?");
  }
  activity.item = map.string("item").value_or("");
  activity.clause = map.string("clause").value_or("");
  activity.basis = kBases[map.choice("basis", kBases).value_or(0)];
  if (const YamlNode* description = map.map("description")) {
    YamlMap texts(*description, "description", context);
    activity.zh = texts.string("zh").value_or("");
    activity.en = texts.string("en").value_or("");
    texts.finish();
  }
  map.any("text", Presence::Optional);  // the provider's own words, which we were not given
  map.string("link", Presence::Optional);
  if (const auto stage = map.string("breach_from")) activity.breach_from = read_stage(*stage, *map.any("breach_from"), context);
  if (const YamlNode* severity = map.map("severity")) read_severity(*severity, activity, context);
  if (const YamlNode* measures = map.sequence("measures")) read_measures(*measures, activity, context);
  map.finish();
  return activity;
}

DeclarationEdition read_edition(const YamlNode& node, YamlContext& context) {
  DeclarationEdition edition;
  YamlMap map(node, "edition", context);
  edition.version = map.string("version").value_or("");
  if (const auto from = map.string("effective_from")) {
    const auto at = parse_rfc3339(*from);
    if (!at) context.error(*map.any("effective_from"), "D105", "'" + *from + "' is no time", "RFC 3339, as in 2026-01-01T00:00:00Z");
    edition.effective_from = at.value_or(Timestamp{});
  }
  map.string("source", Presence::Optional);
  std::set<std::string> seen;
  if (const YamlNode* activities = map.sequence("activities"))
    for (const YamlNode& item : activities->items) {
      edition.activities.push_back(read_activity(item, context));
      const std::string& name = edition.activities.back().activity;
      if (!name.empty() && !seen.insert(name).second) context.error(item, "D106", "activity '" + name + "' is declared twice");
    }
  map.finish();
  return edition;
}

}  // namespace

const std::vector<std::string>& known_activities() {
  static const std::vector<std::string> kActivities{
      "mining.pool",       "mining.solo",       "mining.web",  "mining.software", "pool.operation", "coin.node",      "abuse.scan",     "abuse.bruteforce",
      "abuse.flood", "abuse.amplification", "abuse.spam", "abuse.tunnel",    "abuse.relay",    "abuse.resource", "harm.suffered"};
  return kActivities;
}

const ProhibitedActivity* DeclarationEdition::find(std::string_view activity) const {
  const auto found = std::find_if(activities.begin(), activities.end(), [&](const ProhibitedActivity& a) { return a.activity == activity; });
  return found == activities.end() ? nullptr : &*found;
}

Declaration::Declaration(std::vector<DeclarationEdition> editions, std::string sha256) : editions_(std::move(editions)), sha256_(std::move(sha256)) {
  std::stable_sort(editions_.begin(), editions_.end(), [](const auto& a, const auto& b) { return a.effective_from < b.effective_from; });
}

const DeclarationEdition* Declaration::in_force(Timestamp at) const {
  const DeclarationEdition* current = nullptr;
  for (const DeclarationEdition& edition : editions_)
    if (edition.effective_from <= at) current = &edition;
  return current;
}

std::optional<Declaration> load_declaration(const std::string& file, std::string_view text, Diagnostics& diagnostics) {
  YamlContext context(file, text, diagnostics);
  const auto root = parse_yaml(context);
  if (!root) return std::nullopt;
  std::vector<DeclarationEdition> editions;
  YamlMap map(*root, "declaration", context);
  if (const YamlNode* sequence = map.sequence("editions"))
    for (const YamlNode& item : sequence->items) editions.push_back(read_edition(item, context));
  map.finish();
  if (context.ok() && editions.empty()) context.error(*root, "D107", "the declaration has no edition");
  if (!context.ok()) return std::nullopt;
  return Declaration(std::move(editions), to_hex(sha256(as_bytes(text))));
}

}  // namespace scanner

// The YAML form of --expect.
#include "scanner/app/expectation.h"

#include "scanner/model/yaml.h"
#include "scanner/policy/declaration.h"

#include <algorithm>
#include <array>

namespace scanner {
namespace {

constexpr std::array<std::string_view, 3> kTypes{"breach", "indicator", "permitted"};
constexpr std::array<std::string_view, 7> kStages{"interest", "contact", "session", "work", "proof", "observed", "confirmed"};
constexpr std::array<std::string_view, 5> kCounts{"attempts", "contacts", "sessions", "work", "proof"};
constexpr std::array<std::string_view, 3> kShares{"submitted", "accepted", "rejected"};

template <std::size_t N>
void read_numbers(YamlMap& map, std::string_view section, const std::array<std::string_view, N>& keys, std::map<std::string, std::uint64_t>& out,
                  YamlContext& context) {
  const YamlNode* node = map.map(section, Presence::Optional);
  if (node == nullptr) return;
  YamlMap numbers(*node, section, context);
  for (const std::string_view key : keys)
    if (const auto value = numbers.integer(key, Presence::Optional, 0)) out[std::string(key)] = static_cast<std::uint64_t>(*value);
  numbers.finish();
}

OutlineEntry read_entry(const YamlNode& node, YamlContext& context) {
  OutlineEntry entry;
  YamlMap map(node, "expected incident", context);
  entry.subject = map.string("subject").value_or("");
  if (IpAddress::parse(entry.subject)) entry.subject.insert(0, "ip:");
  entry.activity = map.string("activity").value_or("");
  const auto& known = known_activities();
  if (!entry.activity.empty() && std::find(known.begin(), known.end(), entry.activity) == known.end()) {
    const std::string_view near = nearest_name(entry.activity, known);
    context.error(*map.any("activity"), "X101", "'" + entry.activity + "' is no activity",
                  near.empty() ? "" : "did you mean '" + std::string(near) + "'?");
  }
  entry.type = kTypes[map.choice("type", kTypes).value_or(0)];
  entry.stage = kStages[map.choice("stage", kStages).value_or(0)];
  entry.coin = map.string("coin", Presence::Optional);
  entry.algorithm = map.string("algorithm", Presence::Optional);
  entry.pool = map.string("pool", Presence::Optional);
  read_numbers(map, "counts", kCounts, entry.counts, context);
  read_numbers(map, "shares", kShares, entry.shares, context);
  map.finish();
  return entry;
}

std::string type_text(EventType type) { return std::string(kTypes[static_cast<std::size_t>(type)]); }

std::uint64_t count_of(const BreachEvent::Counts& counts, std::string_view key) {
  if (key == "attempts") return counts.attempts;
  if (key == "contacts") return counts.contacts;
  if (key == "sessions") return counts.sessions;
  return key == "work" ? counts.work : counts.proof;
}

std::uint64_t share_sum(const BreachEvent& event, std::string_view key) {
  std::uint64_t sum = 0;
  for (const MiningSummary& mining : event.mining) sum += key == "submitted" ? mining.submitted : key == "accepted" ? mining.accepted : mining.rejected;
  return sum;
}

bool mines(const BreachEvent& event, const OutlineEntry& entry) {
  if (!entry.coin && !entry.algorithm && !entry.pool) return true;
  return std::any_of(event.mining.begin(), event.mining.end(), [&](const MiningSummary& mining) {
    return (!entry.coin || *entry.coin == mining.coin) && (!entry.algorithm || *entry.algorithm == mining.algorithm) && (!entry.pool || *entry.pool == mining.pool);
  });
}

std::string mining_text(const BreachEvent& event) {
  std::string text;
  for (const MiningSummary& mining : event.mining)
    text += (text.empty() ? "" : "; ") + (mining.coin.empty() ? std::string("no coin") : mining.coin) + "/" + mining.algorithm + " at " + mining.pool;
  return text.empty() ? "no mining" : text;
}

std::vector<std::string> entry_differences(const OutlineEntry& entry, const BreachEvent& event) {
  std::vector<std::string> out;
  const auto same = [&](const std::string& what, const std::string& expected, const std::string& got) {
    if (expected != got) out.push_back(what + ": expected " + expected + ", got " + got);
  };
  same("type", entry.type, type_text(event.type));
  same("stage", entry.stage, std::string(to_string(event.stage)));
  if (!mines(event, entry))
    out.push_back("mining: expected " + entry.coin.value_or("any coin") + "/" + entry.algorithm.value_or("any algorithm") + " at " + entry.pool.value_or("any pool") + ", got " +
                  mining_text(event));
  for (const auto& [key, value] : entry.counts) same("counts." + key, std::to_string(value), std::to_string(count_of(event.counts, key)));
  for (const auto& [key, value] : entry.shares) same("shares." + key, std::to_string(value), std::to_string(share_sum(event, key)));
  return out;
}

bool same_conduct(const OutlineEntry& entry, const BreachEvent& event) { return entry.subject == event.subject.id && entry.activity == event.activity; }

}  // namespace

std::optional<std::vector<OutlineEntry>> parse_outline(const std::string& file, std::string_view text, Diagnostics& diagnostics) {
  YamlContext context(file, text, diagnostics);
  const auto root = parse_yaml(context);
  if (!root) return std::nullopt;
  std::vector<OutlineEntry> outline;
  if (root->kind == YamlKind::Null) return outline;
  if (root->kind != YamlKind::Sequence)
    context.error(*root, "X102", "an outline is a list of incidents", "begin each with '- subject: …'");
  for (const YamlNode& item : root->kind == YamlKind::Sequence ? root->items : std::vector<YamlNode>{}) outline.push_back(read_entry(item, context));
  if (!context.ok()) return std::nullopt;
  return outline;
}

std::string outline_differences(const std::vector<OutlineEntry>& outline, const std::vector<const BreachEvent*>& incidents) {
  std::vector<const BreachEvent*> left = incidents;
  std::vector<const OutlineEntry*> open;
  // What matches in full is settled first, so that two incidents of one subject cannot take
  // each other's entry.
  for (const OutlineEntry& entry : outline) {
    const auto match = std::find_if(left.begin(), left.end(), [&](const BreachEvent* event) { return same_conduct(entry, *event) && entry_differences(entry, *event).empty(); });
    if (match == left.end())
      open.push_back(&entry);
    else
      left.erase(match);
  }
  std::string text;
  for (const OutlineEntry* entry : open) {
    const auto match = std::find_if(left.begin(), left.end(), [&](const BreachEvent* event) { return same_conduct(*entry, *event); });
    if (match == left.end()) {
      text += "  missing     " + entry->subject + " " + entry->activity + ": " + entry->type + " at " + entry->stage + "\n";
      continue;
    }
    text += "  changed     " + entry->subject + " " + entry->activity + "\n";
    for (const std::string& difference : entry_differences(*entry, **match)) text += "                " + difference + "\n";
    left.erase(match);
  }
  for (const BreachEvent* event : left)
    text += "  unexpected  " + event->subject.id + " " + event->activity + ": " + type_text(event->type) + " at " + std::string(to_string(event->stage)) + "\n";
  return text;
}

}  // namespace scanner

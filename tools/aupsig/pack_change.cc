#include "tools/aupsig/pack_change.h"

#include "scanner/app/wording.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

namespace scanner {
namespace {

bool same_patterns(const std::vector<Pattern>& a, const std::vector<Pattern>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Pattern& x, const Pattern& y) {
    return x.name == y.name && x.expression == y.expression && x.literal == y.literal && x.nocase == y.nocase;
  });
}

bool same_examples(const std::vector<SignatureExample>& a, const std::vector<SignatureExample>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const SignatureExample& x, const SignatureExample& y) { return x.text == y.text && x.port == y.port; });
}

std::vector<std::string> differing_keys(const Signature& a, const Signature& b) {
  std::vector<std::string> keys;
  const auto note = [&](std::string key, bool same) {
    if (!same) keys.push_back(std::move(key));
  };
  const auto words = [&](const std::string& key, std::string_view was, std::string_view is) { note(key + " " + std::string(was) + " → " + std::string(is), was == is); };
  words("activity", a.activity, b.activity);
  words("field", to_string(a.field), to_string(b.field));
  words("stage", to_string(a.stage), to_string(b.stage));
  words("status", to_string(a.status), to_string(b.status));
  note("weight", a.weight == b.weight);
  note("patterns", same_patterns(a.patterns, b.patterns));
  note("condition", a.condition_text == b.condition_text);
  note("title", a.title == b.title);
  note("owner", a.owner == b.owner);
  note("references", a.references == b.references);
  note("attack", a.attack == b.attack);
  note("known_false_positives", a.known_false_positives == b.known_false_positives);
  note("examples", same_examples(a.match, b.match) && same_examples(a.no_match, b.no_match));
  return keys;
}

// Could the change of these parts change what is found?
bool of_meaning(const Signature& a, const Signature& b) {
  return a.field != b.field || a.stage != b.stage || a.weight != b.weight || a.activity != b.activity || a.condition_text != b.condition_text || !same_patterns(a.patterns, b.patterns);
}

std::vector<SignatureChange> signature_changes(const Ruleset& before, const Ruleset& after) {
  std::vector<SignatureChange> changes;
  for (std::size_t i = 0; i < before.signatures().size(); ++i) {
    const Signature& old_one = before.signatures()[i];
    const Signature* new_one = after.find(old_one.id);
    if (new_one == nullptr) {
      changes.push_back({old_one.id, PartChange::Removed, &old_one, nullptr, {}, false});
      continue;
    }
    const auto at = static_cast<std::size_t>(new_one - after.signatures().data());
    if (before.signature_sha256(i) == after.signature_sha256(at)) continue;
    changes.push_back({old_one.id, PartChange::Changed, &old_one, new_one, differing_keys(old_one, *new_one), old_one.revision == new_one->revision && of_meaning(old_one, *new_one)});
  }
  for (const Signature& new_one : after.signatures())
    if (before.find(new_one.id) == nullptr) changes.push_back({new_one.id, PartChange::Added, nullptr, &new_one, {}, false});
  std::sort(changes.begin(), changes.end(), [](const SignatureChange& a, const SignatureChange& b) { return a.id < b.id; });
  return changes;
}

using Entries = std::map<std::string, std::string>;  // what an entry is about → all that it says

std::string text_of(const HostEntry& e) {
  std::string text;
  for (const std::string_view part : {e.coins, e.pool, e.ports, e.sources, e.added, e.first_seen, e.last_seen, to_string(e.tier)}) text += std::string(part) + "\t";
  return text + (e.popular ? "p" : "") + (e.not_a_pool ? "n" : "") + (e.dual_use ? "d" : "");
}

std::string text_of(const DatasetHeader& h) {
  return h.kind + "\t" + h.date + "\t" + h.licence + "\t" + std::to_string(h.ageing.valid_days) + "\t" + std::to_string(h.ageing.half_life) + "\t" + std::to_string(h.ageing.floor);
}

struct SetContent {
  std::string header;
  Entries entries;
};

std::map<std::string, SetContent> sets_of(const Datasets& datasets) {
  std::map<std::string, SetContent> sets;
  const auto add = [&](const DatasetHeader& header) -> Entries& {
    SetContent& content = sets[header.name];
    content.header = text_of(header);
    return content.entries;
  };
  const auto add_hosts = [&](const auto& all) {
    for (const auto& set : all) {
      Entries& entries = add(set.header());
      for (const HostEntry& entry : set.entries()) entries[std::string(entry.host)] = text_of(entry);
    }
  };
  add_hosts(datasets.host_sets());
  add_hosts(datasets.template_sets());
  for (const PortSet& set : datasets.port_sets()) {
    Entries& entries = add(set.header());
    for (std::uint32_t port = 0; port < 65536; ++port)
      if (const std::uint32_t count = set.count(static_cast<std::uint16_t>(port)); count > 0) entries[std::to_string(port)] = std::to_string(count);
  }
  for (const AgentSet& set : datasets.agent_sets()) {
    Entries& entries = add(set.header());
    for (const AgentEntry& entry : set.entries()) entries[std::string(entry.name)] = std::string(entry.family) + "\t" + std::string(entry.kind) + "\t" + std::string(entry.sources);
  }
  for (const WordSet& set : datasets.word_sets()) {
    Entries& entries = add(set.header);
    for (const std::string& word : set.words) entries[word] = "";
  }
  return sets;
}

// What changed in a set, in words; "": nothing.
std::string set_detail(const SetContent& before, const SetContent& after) {
  std::uint64_t added = 0, removed = 0, changed = 0;
  for (const auto& [key, text] : before.entries) {
    const auto other = after.entries.find(key);
    if (other == after.entries.end())
      ++removed;
    else if (other->second != text)
      ++changed;
  }
  for (const auto& [key, text] : after.entries)
    if (!before.entries.contains(key)) ++added;
  std::vector<std::string> parts;
  if (added > 0) parts.push_back(plural(added, "entry", "entries") + " added");
  if (removed > 0) parts.push_back(count_text(removed) + " removed");
  if (changed > 0) parts.push_back(count_text(changed) + " changed");
  if (before.header != after.header) parts.emplace_back("another date, licence or ageing");
  return joined(parts, ", ");
}

void compare_sets(const Datasets& before, const Datasets& after, std::vector<OtherChange>& changes) {
  const auto was = sets_of(before), is = sets_of(after);
  std::set<std::string> names;
  for (const auto* side : {&was, &is})
    for (const auto& [name, content] : *side) names.insert(name);
  for (const std::string& name : names) {
    const auto old_one = was.find(name), new_one = is.find(name);
    if (old_one == was.end())
      changes.push_back({"data set", name, PartChange::Added, plural(new_one->second.entries.size(), "entry", "entries")});
    else if (new_one == is.end())
      changes.push_back({"data set", name, PartChange::Removed, plural(old_one->second.entries.size(), "entry", "entries")});
    else if (const std::string detail = set_detail(old_one->second, new_one->second); !detail.empty())
      changes.push_back({"data set", name, PartChange::Changed, detail});
  }
}

// Alone in a set, a dialect's content id is its own.
std::map<std::string, std::pair<std::string, std::uint32_t>> dialects_of(const DialectSet& dialects) {
  std::map<std::string, std::pair<std::string, std::uint32_t>> all;
  for (const Dialect& dialect : dialects.dialects()) all[dialect.id] = {DialectSet({dialect}).content_id(), dialect.revision};
  return all;
}

void compare_dialects(const DialectSet& before, const DialectSet& after, std::vector<OtherChange>& changes) {
  const auto was = dialects_of(before), is = dialects_of(after);
  std::set<std::string> ids;
  for (const auto* side : {&was, &is})
    for (const auto& [id, content] : *side) ids.insert(id);
  const auto revision = [](std::uint32_t number) { return "r" + std::to_string(number); };
  for (const std::string& id : ids) {
    const auto old_one = was.find(id), new_one = is.find(id);
    if (old_one == was.end())
      changes.push_back({"dialect", id, PartChange::Added, revision(new_one->second.second)});
    else if (new_one == is.end())
      changes.push_back({"dialect", id, PartChange::Removed, revision(old_one->second.second)});
    else if (old_one->second.first != new_one->second.first)
      changes.push_back({"dialect", id, PartChange::Changed, revision(old_one->second.second) + " → " + revision(new_one->second.second)});
  }
}

}  // namespace

std::string_view to_string(PartChange change) {
  static constexpr std::array<std::string_view, 3> kNames{"added", "removed", "changed"};
  return kNames[static_cast<std::size_t>(change)];
}

PackChange compare_packs(const Ruleset& before, const Ruleset& after) {
  PackChange change;
  change.signatures = signature_changes(before, after);
  if (before.dialects().content_id() != after.dialects().content_id()) compare_dialects(before.dialects(), after.dialects(), change.others);
  compare_sets(before.datasets(), after.datasets(), change.others);
  return change;
}

}  // namespace scanner

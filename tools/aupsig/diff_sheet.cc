#include "tools/aupsig/diff_report.h"

#include "scanner/app/wording.h"
#include "scanner/signature/compile_cost.h"

#include <algorithm>
#include <cstdio>
#include <map>

namespace scanner {
namespace {

// A change request that nobody reads to its end protects nobody; the JSON has everything.
constexpr std::size_t kMostGroups = 100, kMostCaptures = 12, kMostFields = 4, kMostTold = 20;

std::string decimals(double value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string short_id(const std::string& id) { return id.substr(0, 16); }

std::string standing(const std::optional<Outcome>& verdict) {
  if (!verdict) return "nothing";
  return std::string(to_string(verdict->type)) + ", " + std::string(to_string(verdict->stage)) + " " + decimals(verdict->confidence, 3);
}

// Changes that a reader takes for one: of the same kind and activity, between the same stages, for
// the same signatures.
struct Group {
  const OutcomeChange* first = nullptr;
  std::vector<std::pair<const CaptureChange*, const OutcomeChange*>> members;
};

std::string group_key(const OutcomeChange& change) {
  const auto side = [](const std::optional<Outcome>& verdict) {
    return verdict ? std::string(to_string(verdict->type)) + "/" + std::string(to_string(verdict->traffic)) + "/" + std::string(to_string(verdict->process)) : std::string("-");
  };
  // Breaches first within a kind.
  return std::to_string(static_cast<int>(change.kind)) + std::to_string(static_cast<int>(change.type())) + " " + change.any().activity + " " + side(change.before) + " " + side(change.after) + " " +
         joined(change.source_changes(), ";");
}

std::vector<Group> groups_of(const DiffResult& result) {
  std::map<std::string, Group> groups;
  for (const CaptureChange& capture : result.captures)
    for (const OutcomeChange& change : capture.changes) {
      Group& group = groups[group_key(change)];
      if (group.first == nullptr) group.first = &change;
      group.members.emplace_back(&capture, &change);
    }
  std::vector<Group> all;
  for (auto& [key, group] : groups) all.push_back(std::move(group));
  return all;
}

std::vector<std::string> members_of(const Group& group) {
  std::vector<std::string> lines;
  for (const auto& [capture, change] : group.members) {
    if (lines.size() == kMostCaptures) {
      lines.push_back("and " + count_text(group.members.size() - kMostCaptures) + " more");
      break;
    }
    std::string line = capture->file.name + "  " + change->any().subject;
    if (change->before && change->after && change->before->confidence != change->after->confidence)
      line += "  " + decimals(change->before->confidence, 3) + " → " + decimals(change->after->confidence, 3);
    for (std::size_t i = 0; i < std::min(change->fields.size(), kMostFields); ++i) line += (i == 0 ? "  " : "; ") + change->fields[i];
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string plain_words(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::Appears: return "appears";
    case ChangeKind::Disappears: return "disappears";
    case ChangeKind::Stage: return "changes stage";
    case ChangeKind::Confidence: return "changes confidence";
    case ChangeKind::Evidence: return "rests on other findings";
    case ChangeKind::Other: return "differs elsewhere";
  }
  return "";
}

SheetSection verdict_section(const DiffResult& result) {
  SheetSection section{"What changes, verdict by verdict", {}, {}};
  const std::vector<Group> groups = groups_of(result);
  if (groups.empty()) {
    section.paragraphs.emplace_back("Every verdict is the same under both packs.");
    return section;
  }
  section.paragraphs.emplace_back("A is the pack as it was, B the pack that is asked about. Behind a verdict stands its confidence; + and - name what it rests on in B or in A alone.");
  SheetTable table{{{"what", false}, {"activity", false}, {"A", false}, {"B", false}, {"verdicts", true}, {"because of", false}}, {}};
  for (std::size_t i = 0; i < std::min(groups.size(), kMostGroups); ++i) {
    const OutcomeChange& change = *groups[i].first;
    table.rows.push_back({{plain_words(change.kind), change.any().activity, standing(change.before), standing(change.after), count_text(groups[i].members.size()), joined(change.source_changes(), ", ")},
                          members_of(groups[i])});
  }
  section.tables.push_back(std::move(table));
  if (groups.size() > kMostGroups) section.paragraphs.push_back("Only the first " + count_text(kMostGroups) + " of " + count_text(groups.size()) + " kinds of change are shown; --format json has all.");
  return section;
}

using Counts = std::array<std::uint64_t, kChangeKinds>;

void put_counts(const Counts& counts, std::vector<std::string>& cells) {
  for (const std::uint64_t count : counts) cells.push_back(count == 0 ? "-" : count_text(count));
}

const std::vector<SheetColumn> kCountColumns{{"A", true}, {"B", true}, {"appear", true}, {"disappear", true}, {"stage", true}, {"confidence", true}, {"findings", true}, {"other", true}};

SheetTable totals_by_type(const DiffResult& result) {
  std::array<std::array<std::uint64_t, 3>, 2> verdicts{};
  std::array<Counts, 3> counts{};
  for (const CaptureChange& capture : result.captures) {
    for (std::size_t side = 0; side < 2; ++side)
      for (std::size_t type = 0; type < 3; ++type) verdicts[side][type] += capture.verdicts[side][type];
    for (const OutcomeChange& change : capture.changes) ++counts[static_cast<std::size_t>(change.type())][static_cast<std::size_t>(change.kind)];
  }
  SheetTable table{{{"verdicts", false}}, {}};
  table.columns.insert(table.columns.end(), kCountColumns.begin(), kCountColumns.end());
  for (const EventType type : {EventType::Breach, EventType::Indicator, EventType::Permitted}) {
    const auto t = static_cast<std::size_t>(type);
    std::vector<std::string> cells{std::string(to_string(type)), count_text(verdicts[0][t]), count_text(verdicts[1][t])};
    put_counts(counts[t], cells);
    table.rows.push_back({std::move(cells), {}});
  }
  return table;
}

SheetTable totals_by_folder(const DiffResult& result) {
  struct Folder {
    std::uint64_t captures = 0;
    std::array<std::uint64_t, 2> verdicts{};
    Counts counts{};
  };
  std::map<std::string, Folder> folders;
  for (const CaptureChange& capture : result.captures) {
    Folder& folder = folders[capture.file.folder];
    ++folder.captures;
    for (std::size_t side = 0; side < 2; ++side)
      for (const std::uint64_t count : capture.verdicts[side]) folder.verdicts[side] += count;
    for (const OutcomeChange& change : capture.changes) ++folder.counts[static_cast<std::size_t>(change.kind)];
  }
  SheetTable table{{{"folder", false}, {"captures", true}}, {}};
  table.columns.insert(table.columns.end(), kCountColumns.begin(), kCountColumns.end());
  for (const auto& [name, folder] : folders) {
    std::vector<std::string> cells{name.empty() ? "." : name, count_text(folder.captures), count_text(folder.verdicts[0]), count_text(folder.verdicts[1])};
    put_counts(folder.counts, cells);
    table.rows.push_back({std::move(cells), {}});
  }
  return table;
}

std::string told_of(const Signature& signature) {
  return "r" + std::to_string(signature.revision) + ", " + std::string(to_string(signature.status)) + ", " + std::string(to_string(signature.stage)) + " on " + std::string(to_string(signature.field));
}

SheetSection pack_section(const DiffResult& result) {
  SheetSection section{"What changed in the pack", {}, {}};
  if (result.pack.empty()) {
    section.paragraphs.emplace_back("Nothing: signatures, dialects and data sets mean the same in both.");
    return section;
  }
  SheetTable table{{{"part", false}, {"name", false}, {"change", false}, {"what", false}}, {}};
  for (const SignatureChange& change : result.pack.signatures) {
    std::string what = change.before && change.after ? "r" + std::to_string(change.before->revision) + " → r" + std::to_string(change.after->revision) + ": " + joined(change.keys, ", ")
                                                     : told_of(change.after ? *change.after : *change.before);
    SheetRow row{{"signature", change.id, std::string(to_string(change.change)), std::move(what)}, {}};
    if (change.same_revision) row.below.emplace_back("its meaning changed and its revision did not: events of both would name it alike; count the revision up");
    table.rows.push_back(std::move(row));
  }
  for (const OtherChange& change : result.pack.others) table.rows.push_back({{change.what, change.name, std::string(to_string(change.change)), change.detail}, {}});
  section.tables.push_back(std::move(table));
  return section;
}

// How far the same signature hit under both, where it did not or is new.
SheetSection hit_section(const DiffResult& result) {
  SheetSection section{"How often signatures hit", {}, {}};
  SheetTable table{{{"signature", false}, {"hits A", true}, {"hits B", true}, {"captures A", true}, {"captures B", true}}, {}};
  std::size_t alike = 0;
  const auto cell = [](bool there, std::uint64_t count) { return there ? count_text(count) : std::string("-"); };
  for (const SignatureHits& hits : result.hits) {
    if (hits.there[0] && hits.there[1] && hits.hits[0] == hits.hits[1]) {
      ++alike;
      continue;
    }
    table.rows.push_back({{hits.id, cell(hits.there[0], hits.hits[0]), cell(hits.there[1], hits.hits[1]), cell(hits.there[0], hits.captures[0]), cell(hits.there[1], hits.captures[1])}, {}});
  }
  section.paragraphs.push_back(plural(alike, "signature hits", "signatures hit") + " equally often under both and " + (alike == 1 ? "is" : "are") +
                               " not listed. Shadow and experimental signatures are counted: a hit is a condition that held, whatever came of it.");
  if (!table.rows.empty()) section.tables.push_back(std::move(table));
  return section;
}

std::string difference(std::size_t before, std::size_t after) {
  if (before == after) return "same";
  const double share = before == 0 ? 100.0 : (static_cast<double>(after) / static_cast<double>(before) - 1) * 100;
  return std::string(share > 0 ? "+" : "") + decimals(share, 1) + " %";
}

SheetSection cost_section(const DiffResult& result) {
  SheetSection section{"What it costs", {"Sizes of what the patterns compile to, for the plainest processor: the same on every machine. `aupsig profile` measures times."}, {}};
  SheetTable table{{{"whole pack", false}, {"A", true}, {"B", true}, {"change", true}}, {}};
  const auto& [a, b] = result.sizes;
  table.rows.push_back({{"signatures", count_text(a.signatures), count_text(b.signatures), difference(a.signatures, b.signatures)}, {}});
  table.rows.push_back({{"databases", bytes_text(a.database_bytes), bytes_text(b.database_bytes), difference(a.database_bytes, b.database_bytes)}, {}});
  table.rows.push_back({{"each flow's search state", bytes_text(a.stream_bytes), bytes_text(b.stream_bytes), difference(a.stream_bytes, b.stream_bytes)}, {}});
  section.tables.push_back(std::move(table));
  SheetTable each{{{"signature", false}, {"alone, A", true}, {"alone, B", true}, {"class", false}}, {}};
  const auto alone = [](const Signature* signature) {
    if (signature == nullptr) return std::string("-");
    const auto cost = compile_cost({signature}, signature->field);
    return cost ? bytes_text(cost->database_bytes) : "refused";
  };
  for (const SignatureChange& change : result.pack.signatures) {
    const Signature& now = change.after ? *change.after : *change.before;
    each.rows.push_back({{change.id, alone(change.before), alone(change.after), std::string(to_string(compile_class(now)))}, {}});
  }
  if (!each.rows.empty()) section.tables.push_back(std::move(each));
  return section;
}

// Why a capture was left out or cut short, without its name, which stands before it.
std::string reasons_of(const CaptureChange& capture) {
  std::string text = capture.error.empty() ? joined(capture.warnings, "; ") : capture.error;
  const std::string name = capture.file.path + ": ";
  for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at)) text.erase(at, name.size());
  return text;
}

SheetSection coverage_section(const DiffResult& result) {
  SheetSection section{"What could not be used", {}, {}};
  std::vector<std::string> told;
  std::size_t total = result.problems.size();
  for (const std::string& problem : result.problems) told.push_back(problem);
  for (const CaptureChange& capture : result.captures) {
    if (capture.error.empty() && !capture.partial) continue;
    ++total;
    if (told.size() >= kMostTold) continue;
    told.push_back(capture.file.name + (capture.error.empty() ? ": used up to its damage: " : ": not read: ") + reasons_of(capture));
  }
  if (total == 0) return section;
  section.paragraphs.push_back(plural(result.unreadable(), "capture", "captures") + " could not be read and " + plural(result.partial(), "is", "are") + " damaged; what came before the damage was used, by both packs alike.");
  SheetTable table{{{"capture and reason", false}}, {}};
  for (std::string& line : told) table.rows.push_back({{std::move(line)}, {}});
  if (total > table.rows.size()) table.rows.push_back({{"and " + count_text(total - table.rows.size()) + " more"}, {}});
  section.tables.push_back(std::move(table));
  return section;
}

SheetSection back_test_section(const BackTest& test) {
  SheetSection section{"On stored observations", {}, {}};
  section.paragraphs.push_back(plural(test.texts, "text was", "texts were") + " searched by both packs. Texts give hits, and no verdicts: what came before and after them is not stored." +
                               (test.untested.empty() ? "" : " Nothing of their field is stored for: " + joined(test.untested, ", ") + "."));
  for (const std::string& problem : test.problems) section.paragraphs.push_back("Left out: " + problem);
  if (test.changes.empty()) {
    section.paragraphs.emplace_back("Every signature hits the same texts under both.");
    return section;
  }
  SheetTable table{{{"signature", false}, {"field", false}, {"hits", false}, {"texts", true}}, {}};
  for (const TextChange& change : test.changes) table.rows.push_back({{change.signature, change.field, change.gained ? "in B alone" : "in A alone", count_text(change.texts)}, change.examples});
  section.tables.push_back(std::move(table));
  return section;
}

std::string verdict_line(const DiffResult& result) {
  const std::size_t changes = result.changes();
  const std::string corpus = plural(result.captures.size(), "capture", "captures");
  if (result.captures.empty()) {
    const BackTest& test = *result.back_test;
    return test.changes.empty() ? "nothing changes in " + plural(test.texts, "stored text", "stored texts")
                                : plural(test.changes.size(), "signature hits", "signatures hit") + " other texts among " + plural(test.texts, "stored text", "stored texts");
  }
  if (changes > 0) return plural(changes, "verdict changes", "verdicts change") + " in " + count_text(result.changed_captures()) + " of " + corpus;
  if (result.differs()) return "no verdict changes in " + corpus + ", signatures hit differently";
  return "nothing changes in " + corpus;
}

// What a person who signs looks for first.
std::string sense_of(const DiffResult& result) {
  std::uint64_t gained = 0, lost = 0;
  for (const CaptureChange& capture : result.captures)
    for (const OutcomeChange& change : capture.changes) {
      const bool was = change.before && change.before->type == EventType::Breach, is = change.after && change.after->type == EventType::Breach;
      gained += !was && is ? 1 : 0;
      lost += was && !is ? 1 : 0;
    }
  if (gained + lost > 0) return plural(gained, "breach is", "breaches are") + " new and " + plural(lost, "is", "are") + " lost: look at each.";
  return result.changes() > 0 ? "No breach is gained or lost." : "";
}

bool touches_breach(const DiffResult& result) {
  return std::any_of(result.captures.begin(), result.captures.end(), [](const CaptureChange& capture) {
    return std::any_of(capture.changes.begin(), capture.changes.end(), [](const OutcomeChange& change) { return change.type() == EventType::Breach && change.kind < ChangeKind::Confidence; });
  });
}

}  // namespace

Sheet diff_sheet(const DiffResult& result) {
  Sheet sheet;
  sheet.title = "What changes if this pack is shipped";
  sheet.verdict = verdict_line(result);
  sheet.sense = sense_of(result);
  sheet.tone = touches_breach(result) ? SheetTone::Problem : result.differs() ? SheetTone::Change : SheetTone::Clear;
  for (std::size_t side = 0; side < 2; ++side)
    sheet.facts.emplace_back(side == 0 ? "A, as it was" : "B, asked about",
                             result.paths[side] + "  ruleset " + short_id(result.matchers[side]->ruleset().content_id()) + ", " + plural(result.sizes[side].signatures, "signature", "signatures"));
  if (!result.captures.empty()) sheet.facts.emplace_back("corpus", plural(result.captures.size(), "capture", "captures") + ", " + plural(result.packets, "packet", "packets") + ", " + bytes_text(result.bytes));
  sheet.sections.push_back(pack_section(result));
  if (!result.captures.empty()) {
    sheet.sections.push_back({"Verdicts in all", {}, {totals_by_type(result), totals_by_folder(result)}});
    sheet.sections.push_back(verdict_section(result));
    sheet.sections.push_back(hit_section(result));
  }
  if (result.back_test) sheet.sections.push_back(back_test_section(*result.back_test));
  sheet.sections.push_back(cost_section(result));
  if (SheetSection rest = coverage_section(result); !rest.paragraphs.empty()) sheet.sections.push_back(std::move(rest));
  if (result.dropped > 0) sheet.sections.back().paragraphs.push_back(count_text(result.dropped) + " incidents were too many to keep and are not compared.");
  sheet.closing = "Verdicts are the last revisions of incidents, held against each other by their claims; each capture is judged on its own, as aupscan replay judges it.";
  return sheet;
}

}  // namespace scanner

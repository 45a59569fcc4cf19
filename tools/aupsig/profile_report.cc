#include "scanner/app/wording.h"
#include "tools/aupsig/profile.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;

std::string decimals(double value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string signed_bytes(std::int64_t bytes) { return bytes < 0 ? "-" + bytes_text(static_cast<std::uint64_t>(-bytes)) : bytes_text(static_cast<std::uint64_t>(bytes)); }

SheetSection signature_section(const Profile& profile) {
  SheetSection section{"Signatures, the dearest first", {}, {}};
  section.paragraphs.emplace_back(!profile.host.empty() ? "ns/byte: the signature compiled by itself and searched in samples of the texts of its field, by the agent on its machine. share: of the sum of that over all bytes of the field. "
                                                     "found: texts, and pieces of streams, in which one of its patterns stood; matches: on which it held."
                           : profile.measured ? "ns/byte: the signature compiled by itself and searched in every text of its field, the fastest pass of several, on this machine. share: of the sum of these. "
                                                     "found: texts in which one of its patterns stood, so that its condition was asked; matches: in which it held."
                                                   : "Without a corpus nothing is timed; share is that of the bytes which signatures add to the pack. Name captures behind the pack to measure.");
  section.paragraphs.emplace_back("alone: the database of the signature by itself. adds: what the pack's database would be smaller without it. state: memory of each open stream that it adds.");
  SheetTable table{{{"signature", false}, {"field", false}, {"class", false}, {"alone", true}, {"adds", true}, {"state", true}}, {}};
  if (profile.measured) table.columns.insert(table.columns.end(), {{"ns/byte", true}, {"found", true}, {"matches", true}});
  table.columns.push_back({"share", true});
  for (const SignatureProfile& one : profile.signatures) {
    std::vector<std::string> cells{one.signature->id, std::string(to_string(one.signature->field)), std::string(to_string(one.kind)), bytes_text(one.alone.database_bytes), signed_bytes(one.adds_bytes),
                                   is_stream(one.signature->field) ? signed_bytes(one.adds_stream) : "-"};
    if (profile.measured) {
      const bool searched = profile.fields[static_cast<std::size_t>(one.signature->field)].bytes > 0;
      cells.push_back(searched ? decimals(one.ns_per_byte, 3) : "-");
      cells.push_back(searched ? count_text(one.found) : "-");
      cells.push_back(searched ? count_text(one.matches) : "-");
    }
    cells.push_back(decimals(one.share * 100, 1) + " %");
    table.rows.push_back({std::move(cells), {}});
  }
  section.tables.push_back(std::move(table));
  return section;
}

SheetSection field_section(const Profile& profile) {
  SheetSection section{"Fields: the whole pack, as it runs", {}, {}};
  SheetTable table{{{"field", false}, {"texts", true}, {"bytes", true}, {"ns/byte", true}, {"ns/text", true}}, {}};
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    const FieldLoad& load = profile.fields[f];
    if (load.texts == 0) continue;
    const bool searched = load.nanoseconds > 0;
    table.rows.push_back({{std::string(to_string(static_cast<Field>(f))), count_text(load.texts), bytes_text(load.bytes), searched ? decimals(load.nanoseconds / static_cast<double>(load.bytes), 3) : "not searched",
                           searched ? decimals(load.nanoseconds / static_cast<double>(load.texts), 0) : "-"},
                          {}});
    if (load.left_out > 0) section.paragraphs.push_back(std::string(to_string(static_cast<Field>(f))) + ": " + bytes_text(load.left_out) + (profile.host.empty() ? " more were not measured (--most-bytes)" : " of them were searched and not sampled"));
  }
  section.tables.push_back(std::move(table));
  return section;
}

SheetSection budget_section(const BudgetVerdict& budget) {
  SheetSection section{"Budget", {"Held against " + budget.name + ". Sizes decide, times do not."}, {}};
  SheetTable table{{{"over the budget", false}}, {}};
  for (const std::string& line : budget.over) table.rows.push_back({{line}, {}});
  if (!table.rows.empty()) section.tables.push_back(std::move(table));
  for (const std::string& line : budget.unneeded) section.paragraphs.push_back(line);
  return section;
}

}  // namespace

Sheet profile_sheet(const Profile& profile, const std::optional<BudgetVerdict>& budget) {
  Sheet sheet;
  sheet.title = "What the signatures cost";
  const std::string pack = plural(profile.signatures.size(), "signature", "signatures") + ", " + bytes_text(profile.pack.database_bytes) + " compiled, " + bytes_text(profile.pack.stream_bytes) + " for each flow";
  sheet.verdict = pack;
  if (budget) {
    sheet.verdict = budget->over.empty() ? "within the budget: " + pack : "over the budget in " + plural(budget->over.size(), "place", "places") + ": " + pack;
    sheet.tone = budget->over.empty() ? SheetTone::Clear : SheetTone::Problem;
  }
  sheet.facts.emplace_back("pack", profile.path + "  ruleset " + profile.ruleset->content_id().substr(0, 16));
  if (!profile.host.empty()) sheet.facts.emplace_back("agent", profile.host + ", " + plural(profile.watched_seconds, "second", "seconds") + " of its traffic");
  if (profile.measured && profile.host.empty())
    sheet.facts.emplace_back("corpus", plural(profile.captures, "capture", "captures") + (profile.unreadable > 0 ? ", " + count_text(profile.unreadable) + " not read" : "") +
                                           (profile.partial > 0 ? ", " + count_text(profile.partial) + " used up to their damage" : ""));
  if (budget) sheet.sections.push_back(budget_section(*budget));
  sheet.sections.push_back(signature_section(profile));
  if (profile.measured) sheet.sections.push_back(field_section(profile));
  sheet.closing = "Sizes are those of a compilation for the plainest processor and are the same on every machine with this Hyperscan; times are of this machine and this moment.";
  return sheet;
}

std::string profile_json(const Profile& profile, const std::optional<BudgetVerdict>& budget) {
  Json json;
  json["pack"] = {{"path", profile.path},
                  {"ruleset", profile.ruleset->content_id()},
                  {"signatures", profile.signatures.size()},
                  {"database_bytes", profile.pack.database_bytes},
                  {"stream_bytes", profile.pack.stream_bytes}};
  json["agent"] = profile.host.empty() ? Json(nullptr) : Json{{"host", profile.host}, {"seconds", profile.watched_seconds}};
  json["corpus"] = profile.measured && profile.host.empty() ? Json{{"captures", profile.captures}, {"unreadable", profile.unreadable}, {"partial", profile.partial}} : Json(nullptr);
  json["signatures"] = Json::array();
  for (const SignatureProfile& one : profile.signatures) {
    Json entry{{"id", one.signature->id},
               {"revision", one.signature->revision},
               {"field", to_string(one.signature->field)},
               {"class", to_string(one.kind)},
               {"database_bytes_alone", one.alone.database_bytes},
               {"database_bytes_added", one.adds_bytes},
               {"stream_bytes_alone", one.alone.stream_bytes},
               {"stream_bytes_added", one.adds_stream},
               {"share", one.share}};
    if (profile.measured) {
      entry["ns_per_byte"] = one.ns_per_byte;
      entry["found"] = one.found;
      entry["matches"] = one.matches;
    }
    json["signatures"].push_back(std::move(entry));
  }
  json["fields"] = Json::array();
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    const FieldLoad& load = profile.fields[f];
    if (load.texts > 0)
      json["fields"].push_back({{"field", to_string(static_cast<Field>(f))}, {"texts", load.texts}, {"bytes", load.bytes}, {"left_out_bytes", load.left_out},
                                {"ns_per_byte", load.nanoseconds / static_cast<double>(std::max<std::uint64_t>(load.bytes, 1))}});
  }
  json["budget"] = budget ? Json{{"name", budget->name}, {"over", budget->over}, {"unneeded", budget->unneeded}} : Json(nullptr);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace scanner

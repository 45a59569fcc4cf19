#include "scanner/app/wording.h"
#include "tools/aupsig/coverage.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

std::string ids_of(const CoverageResult& result, const std::vector<std::size_t>& signatures) {
  std::vector<std::string> ids;
  for (const std::size_t at : signatures) ids.push_back(result.signatures[at].signature->id);
  return joined(ids, ", ");
}

SheetSection activity_section(const CoverageResult& result) {
  SheetSection section{"Clauses and activities", {}, {}};
  section.paragraphs.push_back("Edition " + result.declaration_version + " of the declaration. Test cases: " + (result.cases.empty() ? "no directory of them was found (--cases)" : "of " + result.cases) + ".");
  SheetTable table{{{"clause", false}, {"item", false}, {"activity", false}, {"signatures", true}, {"active", true}, {"dialects", true}, {"cases", true}}, {}};
  if (result.ran) table.columns.push_back({"verdicts", true});
  table.columns.push_back({"holes", false});
  for (const ActivityCoverage& one : result.activities) {
    SheetRow row{{or_dash(one.clause), or_dash(one.item), one.activity, count_text(one.signatures.size()), count_text(one.active), count_text(one.dialects.size()), count_text(one.cases)}, {}};
    if (result.ran) row.cells.push_back(count_text(one.concluded));
    row.cells.push_back(or_dash(joined(one.flags, ", ")));
    if (one.signatures.empty() && !one.concluded_by.empty()) row.below.push_back("concluded by " + joined({one.concluded_by.begin(), one.concluded_by.end()}, ", "));
    table.rows.push_back(std::move(row));
  }
  section.tables.push_back(std::move(table));
  return section;
}

SheetSection technique_section(const CoverageResult& result) {
  SheetSection section{"ATT&CK techniques", {}, {}};
  if (result.unmapped > 0) section.paragraphs.push_back(plural(result.unmapped, "signature names", "signatures name") + " no technique.");
  SheetTable table{{{"technique", false}, {"name", false}, {"activity", false}, {"signatures", true}, {"standing", false}}, {}};
  for (const TechniqueCoverage& technique : result.techniques)
    for (const auto& [activity, signatures] : technique.by_activity) {
      const auto any = [&, &all = signatures](const auto& holds) { return std::any_of(all.begin(), all.end(), [&](std::size_t at) { return holds(result.signatures[at]); }); };
      std::string standing = any([](const SignatureCoverage& one) { return one.signature->status == SignatureStatus::Active; }) ? "active" : "only experimental";
      if (result.ran) standing += any([](const SignatureCoverage& one) { return one.hits > 0; }) ? ", fired" : ", never fired";
      table.rows.push_back({{technique.id, or_dash(std::string(technique_name(technique.id))), activity, count_text(signatures.size()), standing}, {ids_of(result, signatures)}});
    }
  section.tables.push_back(std::move(table));
  return section;
}

SheetSection signature_section(const CoverageResult& result) {
  SheetSection section{"Signatures", {}, {}};
  SheetTable table{{{"signature", false}, {"status", false}, {"stage", false}, {"techniques", false}, {"examples", true}, {"near misses", true}}, {}};
  if (result.ran) table.columns.insert(table.columns.end(), {{"hits", true}, {"captures", true}});
  table.columns.push_back({"flags", false});
  for (const SignatureCoverage& one : result.signatures) {
    const Signature& signature = *one.signature;
    SheetRow row{{signature.id, std::string(to_string(signature.status)), std::string(to_string(signature.stage)), or_dash(joined(signature.attack, " ")), count_text(signature.match.size()), count_text(signature.no_match.size())}, {}};
    if (result.ran) {
      row.cells.push_back(count_text(one.hits));
      row.cells.push_back(count_text(one.captures));
    }
    row.cells.push_back(or_dash(joined(one.flags, ", ")));
    table.rows.push_back(std::move(row));
  }
  section.tables.push_back(std::move(table));
  return section;
}

}  // namespace

std::string_view technique_name(std::string_view id) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 20> kNames{{
      {"T1014", "Rootkit"},
      {"T1027.002", "Software Packing"},
      {"T1027.010", "Command Obfuscation"},
      {"T1036", "Masquerading"},
      {"T1036.005", "Match Legitimate Name or Location"},
      {"T1053.003", "Cron"},
      {"T1059", "Command and Scripting Interpreter"},
      {"T1059.007", "JavaScript"},
      {"T1071.001", "Web Protocols"},
      {"T1071.004", "DNS"},
      {"T1090", "Proxy"},
      {"T1489", "Service Stop"},
      {"T1496", "Resource Hijacking"},
      {"T1496.001", "Compute Hijacking"},
      {"T1496.002", "Bandwidth Hijacking"},
      {"T1543.002", "Systemd Service"},
      {"T1564", "Hide Artifacts"},
      {"T1574.006", "Dynamic Linker Hijacking"},
      {"T1610", "Deploy Container"},
      {"T1620", "Reflective Code Loading"},
  }};
  const auto found = std::find_if(kNames.begin(), kNames.end(), [&](const auto& one) { return one.first == id; });
  return found == kNames.end() ? std::string_view() : found->second;
}

Sheet coverage_sheet(const CoverageResult& result) {
  Sheet sheet;
  sheet.title = "What the signatures cover";
  const auto covered = static_cast<std::size_t>(std::count_if(result.activities.begin(), result.activities.end(), [](const ActivityCoverage& one) { return one.active > 0 || !one.dialects.empty(); }));
  sheet.verdict = count_text(covered) + " of " + plural(result.activities.size(), "activity has", "activities have") + " active signatures or dialects; " + plural(result.holes(), "hole", "holes");
  sheet.tone = result.holes() > 0 ? SheetTone::Change : SheetTone::Clear;
  sheet.facts.emplace_back("pack", result.path + "  ruleset " + result.matcher->ruleset().content_id().substr(0, 16));
  sheet.facts.emplace_back("signatures", count_text(result.signatures.size()) + ", " + plural(result.techniques.size(), "technique", "techniques"));
  if (result.ran)
    sheet.facts.emplace_back("corpus", plural(result.captures, "capture", "captures") + (result.unreadable > 0 ? ", " + count_text(result.unreadable) + " not read" : "") +
                                           (result.partial > 0 ? ", " + count_text(result.partial) + " used up to their damage" : ""));
  sheet.sections = {activity_section(result), technique_section(result), signature_section(result)};
  sheet.closing = result.ran ? "Never fired and never concluded are said of this corpus alone."
                             : "Without a corpus it is not known what fires; name captures behind the pack.";
  return sheet;
}

std::string coverage_json(const CoverageResult& result) {
  Json json;
  json["pack"] = {{"path", result.path}, {"ruleset", result.matcher->ruleset().content_id()}};
  json["declaration"] = {{"version", result.declaration_version}};
  json["corpus"] = result.ran ? Json{{"captures", result.captures}, {"unreadable", result.unreadable}, {"partial", result.partial}} : Json(nullptr);
  json["activities"] = Json::array();
  for (const ActivityCoverage& one : result.activities) {
    Json ids = Json::array();
    for (const std::size_t at : one.signatures) ids.push_back(result.signatures[at].signature->id);
    json["activities"].push_back({{"activity", one.activity}, {"clause", one.clause}, {"item", one.item}, {"description", one.description}, {"signatures", ids}, {"active", one.active},
                                  {"dialects", one.dialects}, {"cases", one.cases}, {"verdicts", result.ran ? Json(one.concluded) : Json(nullptr)}, {"concluded_by", one.concluded_by}, {"flags", one.flags}});
  }
  json["techniques"] = Json::array();
  for (const TechniqueCoverage& technique : result.techniques) {
    Json activities = Json::object();
    for (const auto& [activity, signatures] : technique.by_activity)
      for (const std::size_t at : signatures) activities[activity].push_back(result.signatures[at].signature->id);
    json["techniques"].push_back({{"id", technique.id}, {"name", technique_name(technique.id)}, {"active", technique.active}, {"fired", result.ran ? Json(technique.fired) : Json(nullptr)}, {"activities", activities}});
  }
  json["signatures"] = Json::array();
  for (const SignatureCoverage& one : result.signatures)
    json["signatures"].push_back({{"id", one.signature->id}, {"activity", one.signature->activity}, {"status", to_string(one.signature->status)}, {"attack", one.signature->attack},
                                  {"hits", result.ran ? Json(one.hits) : Json(nullptr)}, {"captures", result.ran ? Json(one.captures) : Json(nullptr)}, {"flags", one.flags}});
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace scanner

#include "scanner/app/shadow_text.h"

#include "scanner/app/wording.h"

#include <nlohmann/json.hpp>

namespace scanner {

using Json = nlohmann::ordered_json;

Json shadow_json(const std::vector<ShadowCount>& counts) {
  Json list = Json::array();
  for (const ShadowCount& count : counts) {
    Json tenants = Json::object();
    for (const auto& [tenant, hits] : count.tenants) tenants[tenant] = hits;
    list.push_back({{"signature", count.signature},
                    {"revision", count.revision},
                    {"status", std::string(to_string(count.status))},
                    {"activity", count.activity},
                    {"hits", count.hits},
                    {"subjects", count.subjects},
                    {"alone", count.alone},
                    {"first", to_rfc3339(count.first)},
                    {"last", to_rfc3339(count.last)},
                    {"tenants", tenants}});
  }
  return list;
}

Json exceptions_json(const std::vector<ExceptionUse>& uses) {
  Json list = Json::array();
  for (const ExceptionUse& use : uses) list.push_back({{"id", use.id}, {"hits", use.hits}, {"last", use.hits > 0 ? Json(to_rfc3339(use.last)) : Json(nullptr)}});
  return list;
}

std::vector<std::pair<std::string, std::string>> life_lines(const std::vector<ShadowCount>& counts, const std::vector<ExceptionUse>& uses) {
  std::vector<std::pair<std::string, std::string>> lines;
  lines.reserve(counts.size());
  for (const ShadowCount& count : counts)
    lines.emplace_back("shadow", count.signature + (count.status == SignatureStatus::Experimental ? " (experimental): " : ": ") + plural(count.hits, "hit", "hits") + " of " + plural(count.subjects, "subject", "subjects") + ", " + count_text(count.alone) +
                                                    " with no other sign of " + count.activity);
  for (const ExceptionUse& use : uses)
    if (use.hits > 0) lines.emplace_back("exception", use.id + " permitted " + plural(use.hits, "finding", "findings"));
  return lines;
}

}  // namespace scanner

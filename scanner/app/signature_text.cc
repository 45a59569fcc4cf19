#include "scanner/app/signature_text.h"

#include "scanner/app/wording.h"

#include <nlohmann/json.hpp>

namespace scanner {

using Json = nlohmann::ordered_json;

Json signatures_json(const std::vector<SignatureCount>& counts) {
  Json list = Json::array();
  for (const SignatureCount& count : counts)
    list.push_back({{"id", count.signature},
                    {"revision", count.revision},
                    {"status", std::string(to_string(count.status))},
                    {"hits", count.hits},
                    {"findings", count.findings},
                    {"permitted", count.permitted},
                    {"silenced", count.silenced},
                    {"held_back", count.held_back},
                    {"last", count.hits > count.held_back ? Json(to_rfc3339(count.last)) : Json(nullptr)},
                    {"suspended", count.suspended ? Json(to_rfc3339(*count.suspended)) : Json(nullptr)}});
  return list;
}

std::vector<std::string> suspended_signatures(const std::vector<SignatureCount>& counts) {
  std::vector<std::string> ids;
  for (const SignatureCount& count : counts)
    if (count.suspended) ids.push_back(count.signature);
  return ids;
}

std::vector<std::string> suspension_sentences(const std::vector<SignatureCount>& counts, std::uint64_t hits_per_minute) {
  std::vector<std::string> sentences;
  for (const SignatureCount& count : counts)
    if (count.suspended)
      sentences.push_back("the signature " + count.signature + " is suspended since " + to_rfc3339(*count.suspended) + ": it held more than " + count_text(hits_per_minute) +
                          " times within a minute (limits.signature_hits_per_minute); what it would say since then is not said");
  return sentences;
}

}  // namespace scanner

#include "tools/aupsig/diff_report.h"

#include <nlohmann/json.hpp>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;

Json verdict_json(const std::optional<Outcome>& verdict) {
  if (!verdict) return nullptr;
  Json sources = Json::array();
  for (const auto& [id, revision] : verdict->sources) sources.push_back({{"id", id}, {"revision", revision}});
  return {{"type", to_string(verdict->type)},
          {"stage", to_string(verdict->stage)},
          {"stages", {{"traffic", to_string(verdict->traffic)}, {"process", to_string(verdict->process)}}},
          {"confidence", verdict->confidence},
          {"incident", verdict->incident},
          {"first_seen", to_rfc3339(verdict->first_seen)},
          {"signatures", std::move(sources)}};
}

Json change_json(const OutcomeChange& change) {
  Json json{{"change", to_string(change.kind)}, {"subject", change.any().subject}, {"activity", change.any().activity}};
  json["before"] = verdict_json(change.before);
  json["after"] = verdict_json(change.after);
  json["signatures"] = change.source_changes();
  json["fields"] = change.fields;
  return json;
}

Json pack_json(const DiffResult& result, std::size_t side) {
  return {{"path", result.paths[side]},
          {"ruleset", result.matchers[side]->ruleset().content_id()},
          {"signatures", result.sizes[side].signatures},
          {"database_bytes", result.sizes[side].database_bytes},
          {"stream_bytes", result.sizes[side].stream_bytes}};
}

Json changes_of_pack(const PackChange& pack) {
  Json json{{"signatures", Json::array()}, {"others", Json::array()}};
  for (const SignatureChange& change : pack.signatures)
    json["signatures"].push_back({{"id", change.id},
                                  {"change", to_string(change.change)},
                                  {"revision_before", change.before ? Json(change.before->revision) : Json(nullptr)},
                                  {"revision_after", change.after ? Json(change.after->revision) : Json(nullptr)},
                                  {"keys", change.keys},
                                  {"same_revision", change.same_revision}});
  for (const OtherChange& change : pack.others) json["others"].push_back({{"kind", change.what}, {"name", change.name}, {"change", to_string(change.change)}, {"detail", change.detail}});
  return json;
}

Json capture_json(const CaptureChange& capture) {
  Json json{{"file", capture.file.path}};
  if (!capture.error.empty()) json["error"] = capture.error;
  json["partial"] = capture.partial;
  json["warnings"] = capture.warnings;
  json["hits_differ"] = capture.hits_differ;
  json["changes"] = Json::array();
  for (const OutcomeChange& change : capture.changes) json["changes"].push_back(change_json(change));
  return json;
}

Json back_test_json(const BackTest& test) {
  Json json{{"files", test.files}, {"texts", test.texts}, {"damaged", test.damaged}, {"problems", test.problems}, {"untested", test.untested}};
  json["changes"] = Json::array();
  for (const TextChange& change : test.changes)
    json["changes"].push_back({{"signature", change.signature}, {"field", change.field}, {"hits", change.gained ? "after" : "before"}, {"texts", change.texts}, {"examples", change.examples}});
  json["hits"] = Json::array();
  for (std::size_t i = 0; i < test.ids.size(); ++i) json["hits"].push_back({{"signature", test.ids[i]}, {"before", test.hits[i][0]}, {"after", test.hits[i][1]}});
  return json;
}

}  // namespace

std::string diff_json(const DiffResult& result) {
  Json json;
  json["before"] = pack_json(result, 0);
  json["after"] = pack_json(result, 1);
  json["pack"] = changes_of_pack(result.pack);
  std::array<std::array<std::uint64_t, 3>, 2> verdicts{};
  for (const CaptureChange& capture : result.captures)
    for (std::size_t side = 0; side < 2; ++side)
      for (std::size_t type = 0; type < 3; ++type) verdicts[side][type] += capture.verdicts[side][type];
  const auto by_type = [](const std::array<std::uint64_t, 3>& counts) { return Json{{"breach", counts[0]}, {"indicator", counts[1]}, {"permitted", counts[2]}}; };
  json["corpus"] = {{"captures", result.captures.size()}, {"changed", result.changed_captures()}, {"unreadable", result.unreadable()}, {"partial", result.partial()},
                    {"packets", result.packets},          {"bytes", result.bytes},                 {"problems", result.problems},      {"dropped", result.dropped}};
  json["verdicts"] = {{"before", by_type(verdicts[0])}, {"after", by_type(verdicts[1])}, {"changes", result.changes()}};
  json["captures"] = Json::array();
  for (const CaptureChange& capture : result.captures)
    if (!capture.changes.empty() || capture.hits_differ || capture.partial || !capture.error.empty()) json["captures"].push_back(capture_json(capture));
  json["hits"] = Json::array();
  for (const SignatureHits& hits : result.hits)
    json["hits"].push_back({{"signature", hits.id},
                            {"before", hits.there[0] ? Json{{"hits", hits.hits[0]}, {"captures", hits.captures[0]}} : Json(nullptr)},
                            {"after", hits.there[1] ? Json{{"hits", hits.hits[1]}, {"captures", hits.captures[1]}} : Json(nullptr)}});
  json["observations"] = result.back_test ? back_test_json(*result.back_test) : Json(nullptr);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace scanner

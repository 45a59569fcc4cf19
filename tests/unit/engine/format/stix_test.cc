// The STIX bundle: ids as the standard makes them, and nobody accused by an export.
#include "scanner/engine/format/stix.h"

#include "tests/support/format_check.h"
#include "tests/unit/engine/format/format_events.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <set>

using namespace scanner;
using namespace scanner::test;

namespace {

using Json = nlohmann::json;

Json bundle_of(const std::vector<BreachEvent>& events) {
  const std::string text = written("stix", events, format_frame());
  REQUIRE(format_errors("stix", text) == "");
  return Json::parse(text);
}

std::vector<Json> objects(const Json& bundle, const std::string& type) {
  std::vector<Json> found;
  for (const Json& object : bundle["objects"])
    if (object["type"] == type) found.push_back(object);
  return found;
}

// Every id and reference of an object, whatever its depth.
void collect(const Json& json, const std::string& key, std::set<std::string>& ids, std::set<std::string>& refs) {
  if (json.is_string() && key == "id") ids.insert(json.get<std::string>());
  if (json.is_string() && key.ends_with("_ref")) refs.insert(json.get<std::string>());
  if (json.is_array() && key.ends_with("_refs"))
    for (const Json& ref : json) refs.insert(ref.get<std::string>());
  if (json.is_object())
    for (const auto& [name, value] : json.items()) collect(value, name, ids, refs);
  if (json.is_array())
    for (const Json& value : json) collect(value, "", ids, refs);
}

}  // namespace

TEST_CASE("name-based UUIDs are those that everybody computes", "[format]") {
  // RFC 4122's name space for domain names, and the value that its errata and libraries give.
  CHECK(uuid5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "python.org") == "886313e1-3b8a-5372-9b90-0c9aee199e5d");
  // STIX 2.1's name space over the canonical form of an address.
  const Json bundle = bundle_of({sample_event()});
  const Json address = objects(bundle, "ipv4-addr").front();
  CHECK(address["id"] == "ipv4-addr--" + uuid5("00abedb4-aa42-466c-9c23-fed01530b0e3", R"({"value":"192.0.2.10"})"));
}

TEST_CASE("everything that a bundle refers to is in it, once", "[format]") {
  const Json bundle = bundle_of(sample_stream());
  std::set<std::string> ids, refs;
  collect(bundle, "", ids, refs);
  for (const std::string& ref : refs) {
    INFO(ref);
    CHECK(ids.contains(ref));
  }
  CHECK(ids.size() == bundle["objects"].size() + 1);
}

TEST_CASE("a breach gives an indicator of the pool's end and a sighting of it", "[format]") {
  const Json bundle = bundle_of({sample_event()});
  std::set<std::string> patterns;
  for (const Json& indicator : objects(bundle, "indicator")) patterns.insert(indicator["pattern"].get<std::string>());
  CHECK(patterns == std::set<std::string>{"[domain-name:value = 'pool.example']",
                                          "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '198.51.100.20' AND network-traffic:dst_port = 3333]"});
  CHECK(objects(bundle, "sighting").size() == 2);
}

TEST_CASE("what proves nothing, shadow events, operators and local addresses give no STIX indicator", "[format]") {
  BreachEvent shadow = sample_event(), operation = sample_event(), local = sample_event();
  shadow.mode = "shadow";
  operation.activity = "pool.operation";
  local.findings[0].flow->tuple.destination.address = *IpAddress::parse("10.0.0.8");
  for (const BreachEvent& event : {sample_indicator(), shadow, operation, local}) {
    const Json bundle = bundle_of({event});
    CHECK(objects(bundle, "indicator").empty());
    CHECK(objects(bundle, "sighting").empty());
    CHECK(objects(bundle, "observed-data").size() == 1);
  }
}

TEST_CASE("the last revision counts, and a merged incident is told by the other alone", "[format]") {
  BreachEvent first = sample_indicator(), last = sample_event();
  first.incident = last.incident;
  last.revision = 2;
  last.id = std::string(32, '2');
  BreachEvent before_merging = sample_merged();
  before_merging.merged_into.clear();
  before_merging.state = "open";
  const auto observed = objects(bundle_of({first, before_merging, last, sample_merged()}), "observed-data");
  REQUIRE(observed.size() == 1);
  CHECK(observed[0]["external_references"][0]["external_id"] == std::string(32, '2'));
}

TEST_CASE("a bundle says how many incidents it has no room for", "[format]") {
  StixBundle bundle;
  BreachEvent event = sample_indicator();
  event.findings.clear();
  for (std::size_t i = 0; i < StixBundle::kMaxIncidents + 3; ++i) {
    event.incident = std::to_string(i);
    CHECK(bundle.event(event, format_frame()).empty());
  }
  const Json json = Json::parse(bundle.end());
  CHECK(objects(json, "observed-data").size() == StixBundle::kMaxIncidents);
  REQUIRE(objects(json, "note").size() == 1);
  CHECK(objects(json, "note")[0]["content"].get<std::string>().starts_with("3 incidents"));
}

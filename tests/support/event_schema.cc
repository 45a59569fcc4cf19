#include "tests/support/event_schema.h"

#include "tests/support/json_schema.h"

#include <nlohmann/json.hpp>

namespace scanner::test {

std::string schema_errors(const std::string& event_json) {
  static const JsonSchema kBreach("scanner/docs/breach-event.schema.json"), kHealth("scanner/docs/health-event.schema.json");
  const nlohmann::json event = nlohmann::json::parse(event_json, nullptr, false);
  const bool health = event.is_object() && event.value("type", "") == "aupscan.health.v1";
  return (health ? kHealth : kBreach).errors(event_json);
}

}  // namespace scanner::test

// The JSON Schema that every event is held against.
#pragma once

#include <string>

namespace scanner::test {

// What is wrong with `event_json` by scanner/docs/breach-event.schema.json, or
// health-event.schema.json where it is one of those; empty: nothing.
std::string schema_errors(const std::string& event_json);

}  // namespace scanner::test

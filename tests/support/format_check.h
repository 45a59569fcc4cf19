// Output in the formats of engine/format, held against their published rules.
#pragma once

#include "scanner/model/breach_event.h"
#include "scanner/engine/event_json.h"

#include <string>
#include <string_view>
#include <vector>

namespace scanner::test {

// What is wrong with `text` as a whole output of the format; empty: nothing. JSON formats by
// tests/golden/formats/NAME.schema.json (our own by scanner/docs/breach-event.schema.json):
// every line is valid UTF-8 and one JSON value that fulfils the schema.
std::string format_errors(std::string_view format, const std::string& text);

// All that a format writes for these events.
std::string written(std::string_view format, const std::vector<BreachEvent>& events, const JsonFrame& frame);

}  // namespace scanner::test

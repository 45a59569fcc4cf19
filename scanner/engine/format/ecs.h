// A document of the Elastic Common Schema, one a line: elastic.co/docs/reference/ecs. What
// the schema has no field for is under `aupscan`.
#pragma once

#include "scanner/engine/event_json.h"

#include <string>

namespace scanner {

std::string to_ecs(const BreachEvent& event, const JsonFrame& frame);

}  // namespace scanner

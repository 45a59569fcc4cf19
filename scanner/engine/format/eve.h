// An alert in the shape of Suricata's EVE, one a line, for what reads EVE already. What EVE
// has no field for is under `aupscan`.
#pragma once

#include "scanner/engine/event_json.h"

#include <string>

namespace scanner {

std::string to_eve(const BreachEvent& event, const JsonFrame& frame);

}  // namespace scanner

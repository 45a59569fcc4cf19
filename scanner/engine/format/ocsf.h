// An OCSF 1.8 Detection Finding (class 2004) with the Security Control profile, one object
// a line: schema.ocsf.io. The finding is the incident, the event one activity on it.
#pragma once

#include "scanner/engine/event_json.h"

#include <string>

namespace scanner {

std::string to_ocsf(const BreachEvent& event, const JsonFrame& frame);

}  // namespace scanner

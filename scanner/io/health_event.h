// What the agent says of itself, in the same envelope as breach events: CloudEvents 1.0 of
// the type aupscan.health.v1 (scanner/docs/health-event.schema.json).
#pragma once

#include "scanner/model/digest.h"
#include "scanner/model/time.h"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace scanner {

// Who says so.
struct HealthFrame {
  std::string source;   // "urn:aupscan:agent:HOST", as in breach events
  std::string subject;  // "host:NAME"
};

// One object on one line. `what` is a word of the closed list in the schema, as in
// "outbox.quarantined"; `detail` is an object. `id` must be new for each event and the same
// for each delivery of it.
std::string health_json(const HealthFrame& frame, const std::string& id, Timestamp time, const std::string& what,
                        const nlohmann::ordered_json& detail);

}  // namespace scanner

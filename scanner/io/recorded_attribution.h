// The lines of a recording that tell whose something is ("attributed", "container").
//
// Internal to io/: only .cc files include it, since it names a third-party type.
#pragma once

#include "scanner/io/json_fields.h"
#include "scanner/io/recording_line.h"

namespace scanner {

// What is wrong is refused through `fields`.
Attributed read_attributed(JsonFields& fields, const RecordingHeader& header);
ContainerSeen read_container(JsonFields& fields);

void write_attributed(nlohmann::ordered_json& json, const Attributed& attributed, const RecordingHeader& header);
void write_container(nlohmann::ordered_json& json, const ContainerSeen& container);

}  // namespace scanner

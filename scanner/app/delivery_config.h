// The parts of the configuration that say where events and evidence go: `outbox`, `sinks`, and
// the agent's part of `evidence`.
#pragma once

#include "scanner/app/config.h"
#include "scanner/model/yaml.h"

#include <string>
#include <vector>

namespace scanner {

// `file`: the configuration, against whose directory others are resolved.
void read_outbox(const YamlNode& node, const std::string& file, DeliveryConfig& config, YamlContext& context);
void read_sinks(const YamlNode& node, const std::string& file, DeliveryConfig& config, YamlContext& context);
// The keys of `evidence` that are the agent's, read from the section that is being read.
void read_evidence_store(YamlMap& section, const std::string& file, DeliveryConfig& config);

// The secrets that the configuration names. An Error names the key.
Result<void> read_delivery_secrets(DeliveryConfig& config);

std::vector<std::string> outbox_keys(), sink_keys(), evidence_store_keys();  // dotted, in the file's order
std::string delivery_text(const DeliveryConfig& config);

}  // namespace scanner

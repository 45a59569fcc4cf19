// config/aupscan.yaml: what an operator settles once and not at every call.
//
// What goes before what: the defaults, then the file, then the command line. Every key has a
// default, every unknown key is an error, and every mistake is told at its place.
#pragma once

#include "scanner/app/agent_config.h"
#include "scanner/app/pack_config.h"
#include "scanner/engine/engine.h"
#include "scanner/io/delivery.h"
#include "scanner/io/evidence_seal.h"
#include "scanner/io/evidence_store.h"
#include "scanner/model/diagnostic.h"
#include "scanner/model/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// Of the agent alone: where events and evidence are kept, and where they go. Sinks whose path,
// url or servers are empty do not exist. Files are resolved against the configuration's own
// directory; secrets are read by load_config.
struct DeliveryConfig {
  std::string outbox_directory = "/var/lib/aupscan/outbox";
  DeliveryOptions options;  // its sinks are set by delivery_options
  FileSinkOptions file;
  HttpSinkOptions http;
  NatsSinkOptions nats;
  EvidenceStoreOptions evidence{"/var/lib/aupscan/evidence"};
  std::string signing_key_file, token_file;
  std::string signing_seed;  // 32 bytes: a secret; "": the chain is not signed
};

struct Config {
  std::vector<Cidr> local;  // only these can be subjects; empty: every address
  std::string tenants_file;  // resolved against the configuration's own directory; "": none
  std::string exceptions_file, permissions_file;  // the same
  // Of the files that judge beside this one, set where they are loaded; "": there is none.
  std::string tenants_sha256, panel_sha256, exceptions_sha256;
  FlowStageLimits flow_stage;
  IncidentLimits incidents;
  std::uint64_t signature_hits_per_minute = 60'000;  // then the signature is suspended; 0: never
  LoadLimits load;  // from when on a load is even enough to be told
  AbuseLimits abuse;  // from when on usage is judged abnormal
  std::string hash_key_file;  // resolved against the configuration's own directory; "": none
  std::string hash_key;       // its bytes: a secret
  std::vector<RecipientKey> recipients;
  std::uint64_t evidence_bytes = 4 * 1024 * 1024;  // of packets, per incident
  DeliveryConfig delivery;
  AgentConfig agent;
  PackConfig packs;
};

// From the text of a file that messages call `file`. Nothing where it has errors; the key
// file is named and not read.
std::optional<Config> parse_config(const std::string& file, std::string_view text, Diagnostics& diagnostics);

// From disk, with the key file: which must be readable by its owner alone (mode 0600 or
// less) and hold 16 to 4096 bytes. `path` "": the defaults.
Result<Config> load_config(const std::string& path, Diagnostics& diagnostics);

// SHA-256, hexadecimal, of the settings in force: equal for two runs that judge alike. Of
// the hash key only whether there is one goes in.
std::string config_id(const Config& config);

// What Delivery::open and EvidenceStore::open want, by the configuration.
DeliveryOptions delivery_options(const Config& config, const HealthFrame& frame, std::uint64_t seed);
EvidenceStoreOptions evidence_options(const Config& config);

// Every setting as "key value", a line each; of secrets only whether there are any.
std::string settings_text(const Config& config);

// Every key of the file, dotted, in the file's order: "limits.flows_per_shard".
std::vector<std::string> config_keys();

}  // namespace scanner

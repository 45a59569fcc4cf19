#include "scanner/app/config.h"

#include "scanner/app/delivery_config.h"
#include "scanner/app/detector_config.h"
#include "scanner/app/settings.h"
#include "scanner/io/signing_key.h"
#include "scanner/io/text_file.h"
#include "scanner/model/digest.h"
#include "scanner/model/yaml.h"

#include <functional>

namespace scanner {
namespace {

constexpr std::int64_t kMiB = 1024 * 1024;

// A whole number under `limits`, and where it lives.
struct Limit {
  std::string_view key;
  std::int64_t min, max;
  std::function<std::int64_t(const Config&)> get;
  std::function<void(Config&, std::int64_t)> set;
};

template <typename Access>
Limit number(std::string_view key, std::int64_t min, std::int64_t max, Access access) {
  return {key, min, max, [access](const Config& config) { return static_cast<std::int64_t>(access(config)); },
          [access](Config& config, std::int64_t value) {
            auto& slot = access(config);
            slot = static_cast<std::remove_reference_t<decltype(slot)>>(value);
          }};
}

template <typename Access>
Limit seconds(std::string_view key, std::int64_t max, Access access) {
  return {key, 1, max,
          [access](const Config& config) { return std::chrono::duration_cast<std::chrono::seconds>(access(config)).count(); },
          [access](Config& config, std::int64_t value) { access(config) = std::chrono::seconds(value); }};
}

const std::vector<Limit>& limits() {
  static const std::vector<Limit> kLimits{
      number("flows_per_shard", 16, 1'000'000, [](auto& c) -> auto& { return c.flow_stage.flows.max_flows; }),
      number("pending_bytes_per_direction", 4096, 64 * kMiB, [](auto& c) -> auto& { return c.flow_stage.flows.max_pending_bytes; }),
      number("pending_bytes_per_shard", 65536, 1024 * kMiB, [](auto& c) -> auto& { return c.flow_stage.flows.max_pending_bytes_per_shard; }),
      seconds("tcp_idle_seconds", 7 * 86400, [](auto& c) -> auto& { return c.flow_stage.flows.tcp_idle; }),
      seconds("tcp_ignored_idle_seconds", 86400, [](auto& c) -> auto& { return c.flow_stage.flows.tcp_ignored_idle; }),
      seconds("tcp_closing_seconds", 3600, [](auto& c) -> auto& { return c.flow_stage.flows.tcp_closing; }),
      seconds("tcp_opening_seconds", 3600, [](auto& c) -> auto& { return c.flow_stage.flows.tcp_opening; }),
      seconds("udp_idle_seconds", 86400, [](auto& c) -> auto& { return c.flow_stage.flows.udp_idle; }),
      number("fragment_datagrams", 16, 1'000'000, [](auto& c) -> auto& { return c.flow_stage.fragments.max_datagrams; }),
      number("fragment_bytes", 65536, 1024 * kMiB, [](auto& c) -> auto& { return c.flow_stage.fragments.max_bytes; }),
      seconds("fragment_timeout_seconds", 3600, [](auto& c) -> auto& { return c.flow_stage.fragments.timeout; }),
      number("stream_prefix_bytes", 256, kMiB, [](auto& c) -> auto& { return c.flow_stage.stream_prefix_bytes; }),
      number("incidents", 16, 10'000'000, [](auto& c) -> auto& { return c.incidents.max_incidents; }),
      number("findings_per_incident", 16, 100'000, [](auto& c) -> auto& { return c.incidents.max_findings; }),
      number("signature_hits_per_minute", 0, 1'000'000'000, [](auto& c) -> auto& { return c.signature_hits_per_minute; }),
  };
  return kLimits;
}

constexpr std::int64_t kMinEvidence = 64 * 1024, kMaxEvidence = 64 * kMiB;

void read_local(const YamlNode& sequence, Config& config, YamlContext& context) {
  for (const YamlNode& item : sequence.items) {
    const auto text = yaml_string(item, "local range", context);
    if (!text) continue;
    if (const auto range = Cidr::parse(*text))
      config.local.push_back(*range);
    else
      context.error(item, "C101", "'" + *text + "' is no address range", "as in 198.51.100.0/24 or 2001:db8::/32");
  }
}

void read_recipients(const YamlNode& sequence, Config& config, YamlContext& context) {
  for (const YamlNode& item : sequence.items) {
    const auto text = yaml_string(item, "recipient", context);
    if (!text) continue;
    if (config.recipients.size() == kMaxRecipients) {
      context.error(item, "C103", "more than " + std::to_string(kMaxRecipients) + " recipients");
      return;
    }
    if (const auto key = parse_recipient(*text))
      config.recipients.push_back(*key);
    else
      context.error(item, "C102", "'" + *text + "' is no public key", "32 bytes (X25519) as 64 hexadecimal digits or in base64; quote it");
  }
}

Config read_root(const YamlNode& root, const std::string& file, YamlContext& context) {
  Config config;
  YamlMap map(root, "configuration", context);
  if (const YamlNode* local = map.sequence("local", Presence::Optional)) read_local(*local, config, context);
  const auto tenants = map.string("tenants_file", Presence::Optional);
  if (tenants && !tenants->empty()) config.tenants_file = beside(file, *tenants);
  const auto exceptions = map.string("exceptions_file", Presence::Optional);
  if (exceptions && !exceptions->empty()) config.exceptions_file = beside(file, *exceptions);
  const auto permissions = map.string("permissions_file", Presence::Optional);
  if (permissions && !permissions->empty()) config.permissions_file = beside(file, *permissions);
  if (const YamlNode* node = map.map("limits", Presence::Optional)) {
    YamlMap section(*node, "limits", context);
    for (const Limit& limit : limits())
      if (const auto value = section.integer(limit.key, Presence::Optional, limit.min, limit.max)) limit.set(config, *value);
    section.finish();
  }
  if (const YamlNode* node = map.map("usage", Presence::Optional)) {
    YamlMap section(*node, "usage", context);
    config.load.min_cores = section.number("min_cores", Presence::Optional, 0.05, 1024).value_or(config.load.min_cores);
    if (const auto value = section.integer("min_seconds", Presence::Optional, 10, 86400)) config.load.min_span = std::chrono::seconds(*value);
    config.load.max_variation = section.number("max_variation", Presence::Optional, 0, 1).value_or(config.load.max_variation);
    section.finish();
  }
  read_detectors_section(map, file, config.abuse, context);
  if (const YamlNode* node = map.map("privacy", Presence::Optional)) {
    YamlMap section(*node, "privacy", context);
    const auto key_file = section.string("hash_key_file", Presence::Optional);
    if (key_file && !key_file->empty()) config.hash_key_file = beside(file, *key_file);
    section.finish();
  }
  if (const YamlNode* node = map.map("evidence", Presence::Optional)) {
    YamlMap section(*node, "evidence", context);
    if (const YamlNode* recipients = section.sequence("recipients", Presence::Optional)) read_recipients(*recipients, config, context);
    if (const auto bytes = section.integer("bytes_per_incident", Presence::Optional, kMinEvidence, kMaxEvidence))
      config.evidence_bytes = static_cast<std::uint64_t>(*bytes);
    read_evidence_store(section, file, config.delivery);
    section.finish();
  }
  if (const YamlNode* node = map.map("outbox", Presence::Optional)) read_outbox(*node, file, config.delivery, context);
  if (const YamlNode* node = map.map("sinks", Presence::Optional)) read_sinks(*node, file, config.delivery, context);
  read_agent_sections(map, file, config.agent, context);
  read_packs_section(map, file, config.packs, context);
  if (!config.packs.directory.empty() && !config.agent.signatures.empty())
    context.error(root, "C110", "agent.signatures and packs.directory are both set: signatures come from one of them", "leave agent.signatures out: only a signed pack is to be accepted");
  map.finish();
  return config;
}

}  // namespace

std::optional<Config> parse_config(const std::string& file, std::string_view text, Diagnostics& diagnostics) {
  YamlContext context(file, text, diagnostics);
  const auto root = parse_yaml(context);
  if (!root) return std::nullopt;
  if (root->kind == YamlKind::Null) return Config{};
  Config config = read_root(*root, file, context);
  if (!context.ok()) return std::nullopt;
  return config;
}

Result<Config> load_config(const std::string& path, Diagnostics& diagnostics) {
  if (path.empty()) return Config{};
  const auto text = read_text_file(path, std::size_t{1024} * 1024);
  if (!text) return tl::unexpected(text.error());
  auto config = parse_config(path, *text, diagnostics);
  if (!config) return fail(path + ": the configuration has errors");
  if (const auto read = read_delivery_secrets(config->delivery); !read) return fail(path + ": " + read.error().message);
  if (const auto read = read_pack_keys(config->packs); !read) return fail(path + ": " + read.error().message);
  if (config->hash_key_file.empty()) return std::move(*config);
  constexpr std::size_t kMinKey = 16, kMaxKey = 4096;
  auto key = read_secret_file(config->hash_key_file, "a hash key", kMinKey, kMaxKey);
  if (!key) return fail(path + ": privacy.hash_key_file: " + key.error().message);
  config->hash_key = std::move(*key);
  return std::move(*config);
}

namespace {

// What two runs that judge alike have in common.
std::string judging_text(const Config& config) {
  std::string text = "aupscan configuration 1\n";
  for (const Cidr& range : config.local) text += "local " + range.to_string() + "\n";
  text += "usage.min_cores " + std::to_string(config.load.min_cores) + "\nusage.min_seconds " + std::to_string(config.load.min_span.count()) +
          "\nusage.max_variation " + std::to_string(config.load.max_variation) + "\n";
  text += "panel.sha256 " + config.panel_sha256 + "\ntenants.sha256 " + config.tenants_sha256 + "\n";
  if (!config.exceptions_sha256.empty()) text += "exceptions.sha256 " + config.exceptions_sha256 + "\n";
  for (const Limit& limit : limits()) text += std::string(limit.key) + " " + std::to_string(limit.get(config)) + "\n";
  text += detector_text(config.abuse);
  text += std::string("hash key ") + (config.hash_key.empty() ? "no" : "yes") + "\n";
  for (const RecipientKey& recipient : config.recipients) text += "recipient " + to_text(recipient) + "\n";
  text += "evidence bytes " + std::to_string(config.evidence_bytes) + "\n";
  return text;
}

}  // namespace

std::string config_id(const Config& config) { return to_hex(sha256(as_bytes(judging_text(config)))); }

std::string settings_text(const Config& config) {
  return judging_text(config) + delivery_text(config.delivery) + agent_text(config.agent) + pack_text(config.packs) + "signing key " + (config.delivery.signing_seed.empty() ? "no" : "yes") + "\ntoken " +
         (config.delivery.http.token.empty() ? "no" : "yes") + "\n";
}

std::vector<std::string> config_keys() {
  std::vector<std::string> keys{"local", "tenants_file", "exceptions_file", "permissions_file"};
  for (const Limit& limit : limits()) keys.push_back("limits." + std::string(limit.key));
  keys.insert(keys.end(), {"usage.min_cores", "usage.min_seconds", "usage.max_variation"});
  const auto detectors = detector_keys();
  keys.insert(keys.end(), detectors.begin(), detectors.end());
  keys.insert(keys.end(), {"privacy.hash_key_file", "evidence.recipients", "evidence.bytes_per_incident"});
  for (const auto& more : {evidence_store_keys(), outbox_keys(), sink_keys(), agent_keys(), pack_keys()}) keys.insert(keys.end(), more.begin(), more.end());
  return keys;
}

}  // namespace scanner

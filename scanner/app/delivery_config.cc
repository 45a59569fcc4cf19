#include "scanner/app/delivery_config.h"

#include "scanner/app/settings.h"
#include "scanner/io/signing_key.h"

#include <string_view>

namespace scanner {
namespace {

constexpr std::int64_t kKiB = 1024, kMiB = 1024 * kKiB, kGiB = 1024 * kMiB;

using Settings = SettingsOf<DeliveryConfig>;
constexpr SettingMakers<DeliveryConfig> kMake;

const Settings& outbox_settings() {
  static const Settings kSettings{
      kMake.path("directory", [](auto& c) -> auto& { return c.outbox_directory; }),
      kMake.number("max_bytes", 64 * kMiB, 1024 * kGiB, [](auto& c) -> auto& { return c.options.outbox.max_bytes; }),
      kMake.number("segment_bytes", 64 * kKiB, 16 * kMiB, [](auto& c) -> auto& { return c.options.outbox.segment_bytes; }),
      kMake.number("pending_bytes", kMiB, kGiB, [](auto& c) -> auto& { return c.options.outbox.pending_bytes; }),
      kMake.path("signing_key_file", [](auto& c) -> auto& { return c.signing_key_file; }),
      kMake.number("checkpoint_records", 1, 1'000'000, [](auto& c) -> auto& { return c.options.outbox.checkpoint_records; }),
      kMake.seconds("checkpoint_seconds", 86400, [](auto& c) -> auto& { return c.options.outbox.checkpoint_interval; }),
      kMake.number("events_per_subject_hour", 0, 1'000'000, [](auto& c) -> auto& { return c.options.events_per_subject_hour; })};
  return kSettings;
}

const Settings& common_sink_settings() {
  static const Settings kSettings{kMake.seconds("retry_seconds", 3600, [](auto& c) -> auto& { return c.options.backoff.first; }),
                                  kMake.seconds("retry_most_seconds", 86400, [](auto& c) -> auto& { return c.options.backoff.most; }),
                                  kMake.number("poison_attempts", 1, 1000, [](auto& c) -> auto& { return c.options.poison_attempts; })};
  return kSettings;
}

const Settings& file_settings() {
  static const Settings kSettings{
      kMake.path("path", [](auto& c) -> auto& { return c.file.path; }),
      kMake.number("rotate_bytes", 0, 1024 * kGiB, [](auto& c) -> auto& { return c.file.rotate_bytes; }),
      kMake.number("keep", 0, 10'000, [](auto& c) -> auto& { return c.file.keep; }),
      kMake.boolean("sync", [](auto& c) -> auto& { return c.file.sync; })};
  return kSettings;
}

const Settings& http_settings() {
  static const Settings kSettings{kMake.text("url", [](auto& c) -> auto& { return c.http.url; }),
                                  kMake.path("ca_file", [](auto& c) -> auto& { return c.http.ca_file; }),
                                  kMake.path("certificate_file", [](auto& c) -> auto& { return c.http.certificate_file; }),
                                  kMake.path("key_file", [](auto& c) -> auto& { return c.http.key_file; }),
                                  kMake.path("token_file", [](auto& c) -> auto& { return c.token_file; }),
                                  kMake.text("proxy", [](auto& c) -> auto& { return c.http.proxy; }),
                                  kMake.seconds("timeout_seconds", 3600, [](auto& c) -> auto& { return c.http.timeout; }),
                                  kMake.number("batch_events", 1, 10'000, [](auto& c) -> auto& { return c.http.batch.events; }),
                                  kMake.number("batch_bytes", 4 * kKiB, 64 * kMiB, [](auto& c) -> auto& { return c.http.batch.bytes; })};
  return kSettings;
}

const Settings& nats_settings() {
  static const Settings kSettings{kMake.strings("servers", [](auto& c) -> auto& { return c.nats.servers; }),
                                  kMake.text("subject", [](auto& c) -> auto& { return c.nats.subject; }),
                                  kMake.path("credentials_file", [](auto& c) -> auto& { return c.nats.credentials_file; }),
                                  kMake.path("ca_file", [](auto& c) -> auto& { return c.nats.ca_file; }),
                                  kMake.path("certificate_file", [](auto& c) -> auto& { return c.nats.certificate_file; }),
                                  kMake.path("key_file", [](auto& c) -> auto& { return c.nats.key_file; }),
                                  kMake.seconds("timeout_seconds", 300, [](auto& c) -> auto& { return c.nats.timeout; })};
  return kSettings;
}

const Settings& evidence_settings() {
  static const Settings kSettings{kMake.path("directory", [](auto& c) -> auto& { return c.evidence.directory; }),
                                  kMake.number("max_bytes", kMiB, 1024 * kGiB, [](auto& c) -> auto& { return c.evidence.max_bytes; }),
                                  kMake.seconds("keep_seconds", 3650LL * 86400, [](auto& c) -> auto& { return c.evidence.keep; })};
  return kSettings;
}

// Accusations do not cross a network in the clear.
bool is_loopback_url(std::string_view url) {
  for (const std::string_view host : {"http://127.0.0.1", "http://[::1]", "http://localhost"})
    if (url.starts_with(host) && (url.size() == host.size() || url[host.size()] == ':' || url[host.size()] == '/')) return true;
  return false;
}

}  // namespace

void read_outbox(const YamlNode& node, const std::string& file, DeliveryConfig& config, YamlContext& context) {
  YamlMap map(node, "outbox", context);
  read_settings(outbox_settings(), map, file, config);
  map.finish();
  if (config.options.outbox.max_bytes < 4 * config.options.outbox.segment_bytes) context.error(node, "C104", "max_bytes must be four segments at least");
}

void read_sinks(const YamlNode& node, const std::string& file, DeliveryConfig& config, YamlContext& context) {
  YamlMap map(node, "sinks", context);
  read_settings(common_sink_settings(), map, file, config);
  read_setting_section(map, "file", file_settings(), file, config, context);
  read_setting_section(map, "http", http_settings(), file, config, context);
  read_setting_section(map, "nats", nats_settings(), file, config, context);
  map.finish();
  if (!config.http.url.empty() && !config.http.url.starts_with("https://") && !is_loopback_url(config.http.url))
    context.error(node, "C105", "'" + config.http.url + "' is no https:// address", "events accuse people: http:// is for this host alone");
  if (config.options.backoff.most < config.options.backoff.first) context.error(node, "C106", "retry_most_seconds is less than retry_seconds");
}

void read_evidence_store(YamlMap& section, const std::string& file, DeliveryConfig& config) { read_settings(evidence_settings(), section, file, config); }

Result<void> read_delivery_secrets(DeliveryConfig& config) {
  if (!config.signing_key_file.empty()) {
    auto seed = read_secret_file(config.signing_key_file, "a signing key", 32, 32);
    if (!seed) return fail("outbox.signing_key_file: " + seed.error().message);
    config.signing_seed = std::move(*seed);
  }
  if (config.token_file.empty()) return {};
  auto token = read_secret_file(config.token_file, "a token", 1, 8192);
  if (!token) return fail("sinks.http.token_file: " + token.error().message);
  while (!token->empty() && (token->back() == '\n' || token->back() == '\r')) token->pop_back();
  if (token->empty() || token->find_first_of("\r\n") != std::string::npos) return fail("sinks.http.token_file: " + config.token_file + ": holds no token on one line");
  config.http.token = std::move(*token);
  return {};
}

std::vector<std::string> outbox_keys() {
  std::vector<std::string> keys;
  name_settings(keys, "outbox.", outbox_settings());
  return keys;
}

std::vector<std::string> sink_keys() {
  std::vector<std::string> keys;
  name_settings(keys, "sinks.", common_sink_settings());
  name_settings(keys, "sinks.file.", file_settings());
  name_settings(keys, "sinks.http.", http_settings());
  name_settings(keys, "sinks.nats.", nats_settings());
  return keys;
}

std::vector<std::string> evidence_store_keys() {
  std::vector<std::string> keys;
  name_settings(keys, "evidence.", evidence_settings());
  return keys;
}

std::string delivery_text(const DeliveryConfig& config) {
  std::string out;
  tell_settings(out, "outbox.", outbox_settings(), config);
  tell_settings(out, "sinks.", common_sink_settings(), config);
  tell_settings(out, "sinks.file.", file_settings(), config);
  tell_settings(out, "sinks.http.", http_settings(), config);
  tell_settings(out, "sinks.nats.", nats_settings(), config);
  tell_settings(out, "evidence.", evidence_settings(), config);
  return out;
}

DeliveryOptions delivery_options(const Config& config, const HealthFrame& frame, std::uint64_t seed) {
  DeliveryOptions options = config.delivery.options;
  options.outbox.directory = config.delivery.outbox_directory;
  options.outbox.frame = frame;
  options.seed = seed;
  if (!config.delivery.file.path.empty()) options.file = config.delivery.file;
  if (!config.delivery.http.url.empty()) options.http = config.delivery.http;
  if (!config.delivery.nats.servers.empty()) options.nats = config.delivery.nats;
  return options;
}

EvidenceStoreOptions evidence_options(const Config& config) {
  EvidenceStoreOptions options = config.delivery.evidence;
  options.recipients = config.recipients;
  return options;
}

}  // namespace scanner

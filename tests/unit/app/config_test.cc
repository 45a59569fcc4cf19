#include "scanner/app/config.h"

#include "scanner/io/text_file.h"
#include "scanner/model/yaml.h"
#include "tests/unit/app/replay_fixture.h"
#include "places.h"

#include <catch2/catch.hpp>
#include <sys/stat.h>

namespace scanner {
namespace {

using test::TempDirectory;

const std::string kShipped = AUPSCAN_SOURCE_DIR "/config/aupscan.yaml";
const std::string kHexKey(64, '9');

Config parsed(const std::string& text) {
  Diagnostics diagnostics;
  const auto config = parse_config("test.yaml", text, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) FAIL(to_text(diagnostic));
  return config.value();
}

// Every message's code with its line.
std::vector<std::pair<std::string, int>> mistakes(const std::string& text) {
  Diagnostics diagnostics;
  CHECK_FALSE(parse_config("test.yaml", text, diagnostics));
  std::vector<std::pair<std::string, int>> out;
  for (const Diagnostic& diagnostic : diagnostics) out.emplace_back(diagnostic.code, diagnostic.at.line);
  return out;
}

TEST_CASE("the shipped configuration says the defaults", "[app]") {
  Diagnostics diagnostics;
  const auto config = load_config(kShipped, diagnostics);
  REQUIRE(config);
  CHECK(diagnostics.empty());
  CHECK(settings_text(*config) == settings_text(Config{}));
}

void name_leaves(const YamlNode& node, const std::string& prefix, std::vector<std::string>& names) {
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const std::string name = prefix + node.keys[i].text;
    if (node.items[i].kind == YamlKind::Map)
      name_leaves(node.items[i], name + ".", names);
    else
      names.push_back(name);
  }
}

TEST_CASE("the shipped configuration names every key and no other", "[app]") {
  Diagnostics diagnostics;
  const std::string text = read_text_file(kShipped).value();
  YamlContext context(kShipped, text, diagnostics);
  const auto root = parse_yaml(context);
  REQUIRE(root);
  std::vector<std::string> named;
  name_leaves(*root, "", named);
  CHECK(named == config_keys());
}

TEST_CASE("an empty configuration is the defaults", "[app]") { CHECK(config_id(parsed("# nothing\n")) == config_id(Config{})); }

TEST_CASE("every setting arrives, and each changes the configuration's id", "[app]") {
  const Config config = parsed("local: [198.51.100.0/24]\nlimits: {flows_per_shard: 100, udp_idle_seconds: 7, incidents: 99}\nevidence: {recipients: [\"" + kHexKey +
                               "\"], bytes_per_incident: 100000}\n");
  CHECK(config.local.size() == 1);
  CHECK(config.local[0].contains(*IpAddress::parse("198.51.100.7")));
  CHECK(config.flow_stage.flows.max_flows == 100);
  CHECK(config.flow_stage.flows.udp_idle == std::chrono::seconds(7));
  CHECK(config.incidents.max_incidents == 99);
  CHECK(config.recipients.size() == 1);
  CHECK(config.evidence_bytes == 100000);
  for (const std::string text : {"local: [192.0.2.0/24]\n", "limits: {fragment_timeout_seconds: 31}\n", "limits: {findings_per_incident: 2047}\n",
                                 "evidence: {bytes_per_incident: 4194305}\n", "usage: {min_cores: 0.5}\n", "usage: {min_seconds: 61}\n", "usage: {max_variation: 0.2}\n"})
    CHECK(config_id(parsed(text)) != config_id(Config{}));
}

TEST_CASE("where events go is settled by the configuration and does not change how it judges", "[app]") {
  const Config config = parsed(
      "outbox: {directory: box, max_bytes: 100000000, checkpoint_seconds: 5, events_per_subject_hour: 3}\n"
      "sinks:\n  retry_seconds: 2\n  file: {path: /var/log/e.ndjson, sync: false}\n  http: {url: 'https://c.example/', ca_file: ca.pem, batch_events: 7}\n"
      "  nats: {servers: ['nats://a:1', 'nats://b:2'], subject: x}\nevidence: {keep_seconds: 60}\n");
  const DeliveryOptions options = delivery_options(config, {"urn:aupscan:agent:h", "host:h"}, 9);
  CHECK(options.outbox.directory == "box");
  CHECK(options.outbox.max_bytes == 100000000);
  CHECK(options.outbox.checkpoint_interval == std::chrono::seconds(5));
  CHECK(options.events_per_subject_hour == 3);
  CHECK(options.backoff.first == std::chrono::seconds(2));
  CHECK(options.file->path == "/var/log/e.ndjson");
  CHECK_FALSE(options.file->sync);
  CHECK(options.http->url == "https://c.example/");
  CHECK(options.http->ca_file == "ca.pem");
  CHECK(options.http->batch.events == 7);
  CHECK(options.nats->servers.size() == 2);
  CHECK(options.nats->subject == "x");
  CHECK(evidence_options(config).keep == std::chrono::seconds(60));
  CHECK(config_id(config) == config_id(Config{}));
  CHECK(settings_text(config) != settings_text(Config{}));
  const DeliveryOptions none = delivery_options(Config{}, {}, 1);
  CHECK_FALSE((none.file || none.http || none.nats));
}

TEST_CASE("events do not leave the host in the clear", "[app]") {
  CHECK(mistakes("sinks:\n  http: {url: 'http://collector.example/'}\n") == std::vector<std::pair<std::string, int>>{{"C105", 2}});
  CHECK(mistakes("sinks:\n  http: {url: 'http://127.0.0.1.example/'}\n").size() == 1);
  CHECK(parsed("sinks: {http: {url: 'http://127.0.0.1:8080/'}}\n").delivery.http.url == "http://127.0.0.1:8080/");
}

TEST_CASE("a signing key is 32 bytes that nobody else can read", "[app]") {
  const TempDirectory directory;
  const std::string file = directory.file("aupscan.yaml"), key = directory.file("sign.key");
  REQUIRE(write_text_file(file, "outbox: {signing_key_file: sign.key}\n"));
  const auto problem = [&] {
    Diagnostics diagnostics;
    const auto config = load_config(file, diagnostics);
    return config ? "none, key of " + std::to_string(config->delivery.signing_seed.size()) : config.error().message;
  };
  REQUIRE(write_text_file(key, std::string(32, 'k')));
  ::chmod(key.c_str(), 0640);
  CHECK_THAT(problem(), Catch::Contains("others than its owner"));
  ::chmod(key.c_str(), 0600);
  CHECK(problem() == "none, key of 32");
  REQUIRE(write_text_file(key, std::string(31, 'k')));
  ::chmod(key.c_str(), 0600);
  CHECK_THAT(problem(), Catch::Contains("32 bytes"));
}

TEST_CASE("all mistakes of a configuration are told at once, each in its line", "[app]") {
  CHECK(mistakes("local: [banana]\nlimits:\n  flows_per_shard: 1\n  flows: 3\nevidence:\n  recipients: [abc]\n") ==
        std::vector<std::pair<std::string, int>>{{"C101", 1}, {"E009", 3}, {"E006", 4}, {"C102", 6}});
}

TEST_CASE("a public key may be hexadecimal or base64 and nothing else", "[app]") {
  CHECK(parse_recipient("mZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZk=") == parse_recipient(kHexKey));
  CHECK(parse_recipient("mZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZk") == parse_recipient(kHexKey));
  CHECK_FALSE(parse_recipient(std::string(63, '9')));
  CHECK_FALSE(parse_recipient(std::string(64, 'g')));
  CHECK_FALSE(parse_recipient(""));
  CHECK_FALSE(parse_recipient(kHexKey + " "));
}

TEST_CASE("a hash key is used only where nobody else can read it", "[app]") {
  const TempDirectory directory;
  const std::string file = directory.file("aupscan.yaml"), key = directory.file("hash.key");
  REQUIRE(write_text_file(file, "privacy: {hash_key_file: hash.key}\n"));
  const auto problem = [&] {
    Diagnostics diagnostics;
    const auto config = load_config(file, diagnostics);
    return config ? "none, key of " + std::to_string(config->hash_key.size()) : config.error().message;
  };
  CHECK_THAT(problem(), Catch::Contains("No such file"));
  REQUIRE(write_text_file(key, std::string(32, 'k')));
  ::chmod(key.c_str(), 0644);
  CHECK_THAT(problem(), Catch::Contains("others than its owner"));
  ::chmod(key.c_str(), 0600);
  CHECK(problem() == "none, key of 32");
  REQUIRE(write_text_file(key, "short"));
  ::chmod(key.c_str(), 0600);
  CHECK_THAT(problem(), Catch::Contains("16 bytes"));
  REQUIRE(write_text_file(key, std::string(4097, 'k')));
  ::chmod(key.c_str(), 0600);
  CHECK_THAT(problem(), Catch::Contains("4096 bytes"));
  REQUIRE(write_text_file(file, "privacy: {hash_key_file: .}\n"));
  CHECK_THAT(problem(), Catch::Contains("regular file"));
}

TEST_CASE("the hash key's content does not show in the configuration's id", "[app]") {
  Config one, other;
  one.hash_key = std::string(32, 'a');
  other.hash_key = std::string(32, 'b');
  CHECK(config_id(one) == config_id(other));
  CHECK(config_id(one) != config_id(Config{}));
}

}  // namespace
}  // namespace scanner

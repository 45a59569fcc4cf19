// --tls-keys through the whole program: what is said, and what is never said.
#include "scanner/io/text_file.h"
#include "tests/support/capture_changes.h"
#include "tests/unit/app/replay_fixture.h"
#include "tests/support/scenario_case.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

namespace scanner {
namespace {

// A case's capture without secrets in it, and its key log beside it.
struct KeyedCase {
  explicit KeyedCase(const std::string& name) {
    const auto& cases = test::scenario_cases();
    const auto one = std::find_if(cases.begin(), cases.end(), [&](const test::ScenarioCase& c) { return c.name == name; });
    REQUIRE(one != cases.end());
    test::write_packets(directory.file("case.pcapng"), trafficgen::generate(one->scenario));
    key_log = trafficgen::key_log(one->scenario);
    REQUIRE(write_text_file(directory.file("keys.txt"), key_log));
    options.captures = {directory.file("case.pcapng")};
    options.tls_keys = directory.file("keys.txt");
  }

  bool tells_a_secret(const std::string& text) const {
    for (std::size_t at = 0; (at = key_log.find('\n', at)) != std::string::npos; ++at)
      if (text.find(key_log.substr(at - 64, 64)) != std::string::npos) return true;
    return false;
  }

  test::TempDirectory directory;
  ReplayOptions options;
  std::string key_log;
};

}  // namespace

TEST_CASE("a key log opens a session; summary, events and manifest say so and tell no secret", "[app][tls]") {
  KeyedCase keyed("mining.pool/tls13-proof");
  keyed.options.evidence = keyed.directory.file("slices");
  const auto result = test::run_replay(keyed.options);
  CHECK(result.code == ExitCode::Done);
  CHECK((result.output + result.messages).find("1 TLS session decrypted of 1 with keys") != std::string::npos);
  REQUIRE_FALSE(result.events.empty());
  CHECK(result.events.back().find("\"decrypted\":true") != std::string::npos);
  CHECK(result.events.back().find("--tls-keys") != std::string::npos);
  const std::string manifest = read_text_file(keyed.directory.file("slices/manifest.ndjson")).value();
  CHECK(manifest.find("\"needs_keys\":true") != std::string::npos);
  std::string written = result.output + result.messages;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(keyed.directory.path()))
    if (entry.is_regular_file() && entry.path().filename() != "keys.txt") written += read_text_file(entry.path().string()).value();
  for (const std::string& event : result.events) written += event;
  CHECK_FALSE(keyed.tells_a_secret(written));
}

TEST_CASE("a slice of a decrypted conversation shows it again, to who has the keys", "[app][tls]") {
  KeyedCase keyed("mining.pool/tls12-proof");
  keyed.options.evidence = keyed.directory.file("slices");
  REQUIRE(test::run_replay(keyed.options).code == ExitCode::Done);
  ReplayOptions again;
  for (const auto& entry : std::filesystem::directory_iterator(keyed.directory.file("slices")))
    if (entry.path().extension() == ".pcapng") again.captures.push_back(entry.path().string());
  REQUIRE(again.captures.size() == 1);
  CHECK(test::run_replay(again).events.empty());
  again.tls_keys = keyed.options.tls_keys;
  const auto events = test::run_replay(again).events;
  REQUIRE_FALSE(events.empty());
  CHECK(events.back().find("\"stage\":\"proof\"") != std::string::npos);
}

TEST_CASE("keys that open nothing are counted and said", "[app][tls]") {
  const auto wrong = test::run_replay(KeyedCase("mining.pool/tls-keys-wrong").options);
  CHECK((wrong.output + wrong.messages).find("0 TLS sessions decrypted of 1 with keys") != std::string::npos);
  const auto late = test::run_replay(KeyedCase("mining.pool/tls-mid-stream").options);
  CHECK((late.output + late.messages).find("0 TLS sessions decrypted of 0 with keys; the key logs know 1 session") != std::string::npos);
  const auto none = test::run_replay(KeyedCase("mining.pool/tls-keys-none").options);
  CHECK((none.output + none.messages).find("decrypted") == std::string::npos);
}

TEST_CASE("a key log that cannot be read ends the run, lines that are none are counted", "[app][tls]") {
  KeyedCase keyed("mining.pool/tls13-proof");
  REQUIRE(write_text_file(keyed.options.tls_keys, keyed.key_log + "CLIENT_RANDOM 12 34\n"));
  const auto odd = test::run_replay(keyed.options);
  CHECK(odd.code == ExitCode::Done);
  CHECK(odd.messages.find("TLS key logs: 1 line is not read") != std::string::npos);
  keyed.options.tls_keys = keyed.directory.file("nowhere");
  const auto missing = test::run_replay(keyed.options);
  CHECK(missing.code == ExitCode::Usage);
  CHECK(missing.messages.find("nowhere") != std::string::npos);
}

}  // namespace scanner

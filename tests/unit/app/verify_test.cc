// `aupscan verify` on outboxes, events and evidence.
#include "scanner/app/verify.h"

#include "scanner/engine/event_json.h"
#include "scanner/io/delivery.h"
#include "scanner/io/evidence_store.h"
#include "scanner/io/text_file.h"
#include "tests/support/outbox_fixture.h"
#include "tests/unit/app/replay_fixture.h"
#include "places.h"

#include <catch2/catch.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sodium.h>
#include <sstream>
#include <sys/stat.h>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;
using test::TempDirectory;

struct VerifyResult {
  ExitCode code;
  Json json;
};

VerifyResult run(VerifyOptions options) {
  options.table = false;
  options.rules.signatures = AUPSCAN_SOURCE_DIR "/signatures";
  options.rules.declaration = AUPSCAN_SOURCE_DIR "/config/declaration.yaml";
  std::ostringstream captured, messages;
  std::streambuf* out = std::cout.rdbuf(captured.rdbuf());
  std::streambuf* err = std::cerr.rdbuf(messages.rdbuf());
  const ExitCode code = verify(options);
  std::cout.rdbuf(out);
  std::cerr.rdbuf(err);
  return {code, Json::parse(captured.str(), nullptr, false)};
}

// A miner's capture, the event that the engine makes of it, and that event in an outbox with the
// capture as its evidence, sealed for one reviewer.
struct Fixture {
  TempDirectory directory;
  test::OutboxSurroundings around;
  SigningKey key = test::test_key();
  RecipientKey reviewer{};
  std::array<std::uint8_t, 32> secret{};
  StoredEvidence stored;

  explicit Fixture(bool sealed = true, const std::string& claimed_stage = "") {
    REQUIRE(sodium_init() >= 0);
    crypto_box_keypair(reviewer.data(), secret.data());
    const auto dialogue = test::miner_dialogue(2);
    test::write_capture(directory.file("miner.pcapng"), {&dialogue});
    ReplayOptions replay;
    replay.captures = {directory.file("miner.pcapng")};
    Json event = Json::parse(test::run_replay(replay).events.back());
    EvidenceStoreOptions options{directory.file("store")};
    if (sealed) options.recipients = {reviewer};
    const auto store = EvidenceStore::open(options, system_disk(), [this] { return around.now; }).value();
    stored = store->put(as_bytes(read_text_file(directory.file("miner.pcapng")).value()), "pcapng").value();
    event["data"]["evidence"] = Json::array({{{"sha256", stored.sha256}, {"size", stored.size}, {"kind", stored.kind}, {"file", stored.file}}});
    if (!claimed_stage.empty()) event["data"]["stages"]["traffic"] = claimed_stage;
    const auto outbox = Outbox::open(test::outbox_options(directory.file("box")), around.world(system_disk(), &key)).value();
    REQUIRE(outbox->append(event.dump()));
    REQUIRE(outbox->close());
    put("reviewer.key", std::string(secret.begin(), secret.end()));
  }
  void put(const std::string& name, const std::string& content) {
    REQUIRE(write_text_file(directory.file(name), content));
    ::chmod(directory.file(name).c_str(), 0600);
  }
  VerifyOptions options(bool with_identity) const {
    VerifyOptions out;
    out.paths = {directory.file("box")};
    out.public_keys = {key.public_text()};
    out.evidence = directory.file("store");
    if (with_identity) out.identity = directory.file("reviewer.key");
    return out;
  }
};

TEST_CASE("sealed evidence is opened with the key and shows what was claimed", "[app]") {
  Fixture fixture;
  const VerifyResult with = run(fixture.options(true));
  CHECK(with.code == ExitCode::Done);
  CHECK(with.json["whole"] == true);
  CHECK(with.json["evidence"][0]["state"] == "shown");
  CHECK(with.json["evidence"][0]["detail"] == "replayed: mining.pool, proof");
  const VerifyResult without = run(fixture.options(false));
  CHECK(without.code == ExitCode::Done);
  CHECK(without.json["evidence"][0]["state"] == "whole");
  CHECK(without.json["evidence"][0]["detail"] == "sealed: integrity only");
}

TEST_CASE("plain evidence is replayed without a key", "[app]") {
  Fixture fixture(false);
  CHECK(run(fixture.options(false)).json["evidence"][0]["state"] == "shown");
}

TEST_CASE("evidence that shows less than the event claims ends with exit code 4", "[app]") {
  Fixture fixture(true, "session");
  const VerifyResult result = run(fixture.options(true));
  CHECK(result.code == ExitCode::Unexpected);
  CHECK(result.json["evidence"][0]["state"] == "different");
}

TEST_CASE("evidence that was changed, went, or is for others is told apart", "[app]") {
  Fixture fixture;
  const std::string file = fixture.directory.file("store/" + fixture.stored.file);
  std::string content = read_text_file(file).value();
  fixture.put("reviewer.key", std::string(32, 'x'));
  VerifyResult result = run(fixture.options(true));
  CHECK(result.json["evidence"][0]["state"] == "closed");
  CHECK(result.code == ExitCode::Partial);
  content[content.size() / 2] ^= 1;
  REQUIRE(write_text_file(file, content));
  CHECK(run(fixture.options(false)).json["evidence"][0]["state"] == "changed");
  std::remove(file.c_str());
  result = run(fixture.options(false));
  CHECK(result.json["evidence"][0]["state"] == "missing");
  CHECK(result.code == ExitCode::Partial);
  const auto outbox = Outbox::open(test::outbox_options(fixture.directory.file("box")), fixture.around.world(system_disk(), &fixture.key)).value();
  outbox->note("evidence.removed", {{"file", fixture.stored.file}, {"bytes", fixture.stored.size}, {"why", "age"}});
  REQUIRE(outbox->close());
  result = run(fixture.options(false));
  CHECK(result.json["evidence"][0]["state"] == "removed");
  CHECK(result.code == ExitCode::Done);
}

TEST_CASE("the slices of a replay are verified by their manifest", "[app]") {
  Fixture fixture;
  ReplayOptions replay;
  replay.captures = {fixture.directory.file("miner.pcapng")};
  replay.evidence = fixture.directory.file("slices");
  test::run_replay(replay);
  VerifyOptions options;
  options.paths = {fixture.directory.file("slices")};
  const VerifyResult result = run(options);
  CHECK(result.code == ExitCode::Done);
  CHECK(result.json["evidence"][0]["state"] == "shown");
}

TEST_CASE("a key that is none, or nothing to read, is a usage error", "[app]") {
  Fixture fixture;
  VerifyOptions options = fixture.options(false);
  options.public_keys = {"banana"};
  CHECK(run(options).code == ExitCode::Usage);
  options = fixture.options(false);
  options.paths = {fixture.directory.file("nothing")};
  CHECK(run(options).code == ExitCode::Usage);
  options = fixture.options(false);
  options.identity = fixture.directory.file("nothing");
  CHECK(run(options).code == ExitCode::Usage);
}

TEST_CASE("another key's signatures do not count", "[app]") {
  Fixture fixture;
  VerifyOptions options = fixture.options(false);
  options.public_keys = {std::string(64, '1')};
  CHECK(run(options).code == ExitCode::Partial);
}

}  // namespace
}  // namespace scanner

#include "tools/aupsig/profile.h"

#include "tests/support/capture_changes.h"
#include "tests/support/scenario_case.h"
#include "tests/unit/aupsig/pack_copy.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <nlohmann/json.hpp>

using namespace scanner;
using namespace scanner::test;

namespace {

const SignatureProfile& of(const Profile& profile, const std::string& id) {
  const auto found = std::find_if(profile.signatures.begin(), profile.signatures.end(), [&](const SignatureProfile& one) { return one.signature->id == id; });
  REQUIRE(found != profile.signatures.end());
  return *found;
}

ProfileOptions options_for(const std::string& pack, const std::vector<std::string>& corpus = {}) {
  ProfileOptions options;
  options.pack = pack;
  options.corpus = corpus;
  options.rounds = 1;
  return options;
}

ExitCode hold(const std::string& pack, const std::string& budget) {
  ProfileOptions options = options_for(pack);
  options.budget = budget;
  options.held = options.json = true;
  return profile(options);
}

}  // namespace

TEST_CASE("sizes are told without a corpus, the same each time, and shares add up", "[aupsig][profile]") {
  const PackCopy pack;
  const ProfileOptions options = options_for(pack.path());
  const auto once = compute_profile(options), again = compute_profile(options);
  REQUIRE(once);
  CHECK_FALSE(once->measured);
  CHECK(once->pack.database_bytes == again->pack.database_bytes);
  double shares = 0;
  for (std::size_t i = 0; i < once->signatures.size(); ++i) {
    const SignatureProfile& one = once->signatures[i];
    CHECK(one.alone.database_bytes == of(*again, one.signature->id).alone.database_bytes);
    CHECK(one.alone.database_bytes > 0);
    CHECK((one.alone.stream_bytes > 0) == is_stream(one.signature->field));
    shares += one.share;
    if (i > 0) CHECK(one.share <= once->signatures[i - 1].share);
  }
  CHECK(shares == Approx(1));
  CHECK(of(*once, "mining.pool.stratum-opening").kind == CompileClass::Anchored);
}

TEST_CASE("a corpus tells how often patterns are found and conditions hold", "[aupsig][profile]") {
  const TempDirectory directory;
  const auto& all = scenario_cases();
  const auto mined = std::find_if(all.begin(), all.end(), [](const ScenarioCase& one) { return one.name == "mining.pool/bitcoin-proof"; });
  write_packets(directory.file("mined.pcapng"), trafficgen::generate(mined->scenario));
  const PackCopy copy;
  copy.write("mining.pool/two-words.yaml", "id: mining.pool.two-words\ntitle: Two words\nactivity: mining.pool\nfield: stream.client\nstage: contact\nweight: 0.1\nstatus: shadow\nowner: tests\nrevision: 1\n"
                                           "patterns:\n  one: {literal: mining.subscribe}\n  two: {literal: never seen there}\ncondition: one and two\nreferences: [https://example.org]\nknown_false_positives: []\n"
                                           "examples: {match: [mining.subscribe never seen there], no_match: [mining.subscribe]}\n");
  const auto profile = compute_profile(options_for(copy.path(), {directory.file("mined.pcapng")}));
  REQUIRE(profile);
  CHECK(profile->measured);
  CHECK(of(*profile, "mining.pool.stratum-opening").found == 1);
  CHECK(of(*profile, "mining.pool.stratum-opening").matches == 1);
  CHECK(of(*profile, "mining.pool.two-words").found == 1);
  CHECK(of(*profile, "mining.pool.two-words").matches == 0);
  CHECK(of(*profile, "mining.pool.two-words").ns_per_byte > 0);
  CHECK(profile->fields[static_cast<std::size_t>(Field::StreamClient)].texts == 1);
  CHECK(of(*profile, "coin.node.program-name").ns_per_byte == 0);  // no process in a capture
}

TEST_CASE("what is beyond the bound is counted and not measured", "[aupsig][profile]") {
  const TempDirectory directory;
  const auto& all = scenario_cases();
  const auto mined = std::find_if(all.begin(), all.end(), [](const ScenarioCase& one) { return one.name == "mining.pool/bitcoin-proof"; });
  write_packets(directory.file("mined.pcapng"), trafficgen::generate(mined->scenario));
  const PackCopy pack;
  ProfileOptions options = options_for(pack.path(), {directory.file("mined.pcapng")});
  options.most_bytes = 10;
  const auto profile = compute_profile(options);
  REQUIRE(profile);
  const FieldLoad& load = profile->fields[static_cast<std::size_t>(Field::StreamClient)];
  CHECK(load.bytes == 0);
  CHECK(load.left_out > 10);
}

TEST_CASE("a pack keeps to its budget until a dear signature comes", "[aupsig][profile]") {
  const PackCopy copy;
  CHECK(hold(copy.path(), "") == ExitCode::Done);
  std::string patterns;
  for (int i = 0; i < 24; ++i) patterns += "  far_" + std::to_string(i) + ": {regex: 'mining" + std::to_string(i) + "[^\\n]{20,300}subscribe" + std::to_string(i) + "'}\n";
  copy.write("mining.pool/dear.yaml", "id: mining.pool.dear\ntitle: Dear\nactivity: mining.pool\nfield: stream.client\nstage: contact\nweight: 0.1\nstatus: shadow\nowner: tests\nrevision: 1\n"
                                      "patterns:\n" + patterns + "condition: any of them\nreferences: [https://example.org]\nknown_false_positives: []\n"
                                      "examples: {match: [mining0 01234567890123456789 subscribe0], no_match: [mining]}\n");
  CHECK(hold(copy.path(), "") == ExitCode::Found);
  CHECK(hold(copy.path(), "signature.database_bytes=1") == ExitCode::Found);
  CHECK(hold(copy.path(), "no such file") == ExitCode::Usage);
}

#include "tools/aupsig/observations.h"

#include "tests/support/scenario_case.h"
#include "tests/support/capture_changes.h"
#include "tests/support/temp_directory.h"
#include "tools/aupsig/back_test.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <sys/stat.h>

using namespace scanner;
using namespace scanner::test;

namespace {

const ScenarioCase& case_named(const std::string& name) {
  const auto& all = scenario_cases();
  return *std::find_if(all.begin(), all.end(), [&](const ScenarioCase& one) { return one.name == name; });
}

std::vector<FieldText> texts_of(const std::string& path) {
  std::vector<FieldText> texts;
  const CollectedTexts collected = collect_texts(path, [&](FieldText&& text) { texts.push_back(std::move(text)); });
  CHECK(collected.error.empty());
  return texts;
}

std::vector<std::string> of_field(const std::vector<FieldText>& texts, Field field) {
  std::vector<std::string> found;
  for (const FieldText& text : texts)
    if (text.field == field) found.push_back(text.text);
  std::sort(found.begin(), found.end());
  return found;
}

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("the texts of a capture are those that the engine hands to signatures, with flow and time", "[aupsig][observations]") {
  const TempDirectory directory;
  write_packets(directory.file("mined.pcapng"), trafficgen::generate(case_named("mining.pool/cryptonote-proof").scenario));
  const auto texts = texts_of(directory.file("mined.pcapng"));
  const auto client = std::find_if(texts.begin(), texts.end(), [](const FieldText& text) { return text.field == Field::StreamClient; });
  REQUIRE(client != texts.end());
  CHECK(client->text.find("\"method\":\"login\"") != std::string::npos);
  CHECK(client->text.size() <= FlowStageLimits{}.stream_prefix_bytes);
  REQUIRE(client->flow);
  CHECK(client->port == client->flow->tuple.destination.port);
  CHECK(client->at > Timestamp{});
}

TEST_CASE("how a stream was cut does not show in its text", "[aupsig][observations]") {
  const TempDirectory directory;
  const auto packets = trafficgen::generate(case_named("mining.pool/cryptonote-proof").scenario);
  write_packets(directory.file("whole.pcapng"), packets);
  write_packets(directory.file("cut.pcapng"), recut(packets, 7));
  for (const Field field : {Field::StreamClient, Field::StreamServer}) {
    const auto whole = of_field(texts_of(directory.file("whole.pcapng")), field);
    CHECK_FALSE(whole.empty());
    CHECK(whole == of_field(texts_of(directory.file("cut.pcapng")), field));
  }
}

TEST_CASE("a text goes into a line and back, bytes that are no UTF-8 too", "[aupsig][observations]") {
  FieldText text;
  text.field = Field::StreamClient;
  text.text = std::string("\xf9\xbe\xb4\xd9\0x\n", 7);
  text.at = Timestamp{1'767'355'200'000'000'000};
  text.flow.emplace();
  text.flow->tuple = {{*IpAddress::parse("2001:db8::1"), 40000}, {*IpAddress::parse("198.51.100.2"), 8333}, IpProtocol::Tcp};
  const auto back = parse_observation(to_line(text));
  REQUIRE(back);
  CHECK(back->text == text.text);
  CHECK(back->field == text.field);
  CHECK(back->at == text.at);
  CHECK(back->port == 8333);
  CHECK(back->flow->tuple.source == text.flow->tuple.source);
  FieldText name;
  name.field = Field::ProcessName;
  name.text = "xmrig";
  name.at = text.at;
  name.process.emplace();
  name.process->pid = 4242;
  CHECK(parse_observation(to_line(name))->process->pid == 4242);
}

TEST_CASE("lines that cannot be understood are left out and told, and another file is refused", "[aupsig][observations]") {
  const TempDirectory directory;
  std::ofstream(directory.file("damaged.ndjson")) << to_line(ObservationsHeader{}) << "\n{\"field\":\"dns.nam\",\"text\":\"a\",\"at\":\"2026-01-02T00:00:00Z\",\"src\":\"192.0.2.1:1\",\"dst\":\"192.0.2.2:53\",\"proto\":\"udp\"}\nnoise\n"
                                                  << "{\"field\":\"dns.name\",\"text\":\"a\",\"at\":\"2026-01-02T00:00:00Z\",\"src\":\"192.0.2.1:1\",\"dst\":\"192.0.2.2:53\",\"proto\":\"udp\"}\n";
  std::uint64_t seen = 0;
  const auto read = read_observations(directory.file("damaged.ndjson"), [&](const FieldText&) { ++seen; });
  CHECK(read.error.empty());
  CHECK(seen == 1);
  CHECK(read.texts == 1);
  CHECK(read.damaged == 2);
  CHECK(read.first_damage.find("damaged.ndjson:2: names no field") != std::string::npos);
  std::ofstream(directory.file("other.ndjson")) << "{\"aupscan_recording\":1}\n";
  CHECK(read_observations(directory.file("other.ndjson"), [](const FieldText&) {}).error.find("is no file of observations") != std::string::npos);
  CHECK_FALSE(read_observations(directory.file("none.ndjson"), [](const FieldText&) {}).error.empty());
}

TEST_CASE("names alone are kept unless content is asked for, for the owner alone", "[aupsig][observations]") {
  const TempDirectory directory;
  write_packets(directory.file("mined.pcapng"), trafficgen::generate(case_named("mining.pool/cryptonote-proof").scenario));
  REQUIRE(observations({.corpus = {directory.file("mined.pcapng")}, .output = directory.file("names.ndjson"), .content = false}) == ExitCode::Done);
  CHECK(text_of(directory.file("names.ndjson")).find("login") == std::string::npos);
  REQUIRE(observations({.corpus = {directory.file("mined.pcapng")}, .output = directory.file("all.ndjson"), .content = true}) == ExitCode::Done);
  CHECK(text_of(directory.file("all.ndjson")).find("login") != std::string::npos);
  struct stat info {};
  REQUIRE(::stat(directory.file("all.ndjson").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("a pack is held against stored observations", "[aupsig][observations][diff]") {
  const TempDirectory directory;
  write_packets(directory.file("mined.pcapng"), trafficgen::generate(case_named("mining.pool/bitcoin-proof").scenario));
  REQUIRE(observations({.corpus = {directory.file("mined.pcapng")}, .output = directory.file("all.ndjson"), .content = true}) == ExitCode::Done);
  const Rules more = shipped_rules_and("mining.pool/any-subscribe.yaml", R"(
id: mining.pool.any-subscribe
title: A word
activity: mining.pool
field: stream.client
stage: contact
weight: 0.1
status: shadow
owner: tests
revision: 1
patterns:
  word: {literal: mining.subscribe}
condition: word
references: [https://example.org]
known_false_positives: []
examples: {match: [mining.subscribe], no_match: [mining]}
)");
  const BackTest test = back_test({directory.file("all.ndjson")}, {shipped_rules().matcher, more.matcher});
  CHECK(test.texts > 0);
  REQUIRE(test.changes.size() == 1);
  CHECK(test.changes[0].signature == "mining.pool.any-subscribe");
  CHECK(test.changes[0].gained);
  CHECK(test.changes[0].texts == 1);
  CHECK(std::find(test.untested.begin(), test.untested.end(), "mining.software.program-name") != test.untested.end());
  const auto at = std::find(test.ids.begin(), test.ids.end(), "mining.pool.stratum-opening") - test.ids.begin();
  CHECK(test.hits[static_cast<std::size_t>(at)] == std::array<std::uint64_t, 2>{1, 1});
}

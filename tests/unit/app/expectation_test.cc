#include "scanner/app/expectation.h"

#include "scanner/io/text_file.h"
#include "tests/unit/app/replay_fixture.h"
#include "tests/unit/app/sample_events.h"

#include <catch2/catch.hpp>

namespace scanner {
namespace {

using test::sample_event;
using test::sample_indicator;

const JsonFrame kFrame{"urn:aupscan:replay", "0", "", {"a.pcap"}};
const JsonFrame kOtherFrame{"urn:aupscan:agent", "1", "again", {"elsewhere.pcap"}};

std::string line(const BreachEvent& event, const JsonFrame& frame = kFrame) { return to_json(event, frame) + "\n"; }

std::string compare(const std::string& expected, const std::vector<BreachEvent>& events) {
  auto comparison = ClaimComparison::parse("e", expected);
  REQUIRE(comparison);
  for (const BreachEvent& event : events) comparison->take(to_json(event, kOtherFrame));
  return comparison->differences();
}

std::string outline(const std::string& yaml, const std::vector<BreachEvent>& events) {
  Diagnostics diagnostics;
  const auto parsed = parse_outline("e.yaml", yaml, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) FAIL(to_text(diagnostic));
  std::vector<const BreachEvent*> incidents;
  for (const BreachEvent& event : events) incidents.push_back(&event);
  return outline_differences(parsed.value(), incidents);
}

TEST_CASE("equal claims match in any order, whoever made them from whichever file", "[app]") {
  const BreachEvent one = sample_event(), other = sample_indicator();
  CHECK(compare(line(one) + line(other), {other, one}) == "");
  CHECK(compare("[" + to_json(one, kFrame) + "," + to_json(other, kFrame) + "]", {other, one}) == "");
  CHECK(compare(claim_of(to_json(one, kFrame)) + "\n\n", {one}) == "");
}

TEST_CASE("an empty expectation expects silence", "[app]") {
  CHECK(compare("", {}) == "");
  CHECK(compare(" \n", {}) == "");
  CHECK(compare("[]", {}) == "");
  CHECK(compare("", {sample_event()}) == "  unexpected  ip:192.0.2.10 mining.pool: aupscan.breach.v1 at proof, revision 1\n");
}

TEST_CASE("a claim that comes twice must have been expected twice", "[app]") {
  CHECK(compare(line(sample_event()), {sample_event(), sample_event()}) != "");
  CHECK(compare(line(sample_event()) + line(sample_event()), {sample_event()}) == "  missing     ip:192.0.2.10 mining.pool: aupscan.breach.v1 at proof, revision 1\n");
}

TEST_CASE("a changed claim is told field by field", "[app]") {
  BreachEvent changed = sample_event();
  changed.stage = Stage::Work;
  changed.mining[0].accepted = 10;
  CHECK(compare(line(sample_event()), {changed}) ==
        "  changed     ip:192.0.2.10 mining.pool: aupscan.breach.v1 at proof, revision 1\n"
        "                mining/0/shares/accepted: expected 11, got 10\n"
        "                stage: expected \"proof\", got \"work\"\n");
}

TEST_CASE("the revision that is nearest is the one that a claim is compared with", "[app]") {
  BreachEvent first = sample_event(), second = sample_event(), changed = sample_event();
  first.confidence = 0.1;
  second.revision = changed.revision = 2;
  changed.confidence = 0.5;
  CHECK(compare(line(first) + line(second), {changed}) == "  changed     ip:192.0.2.10 mining.pool: aupscan.breach.v1 at proof, revision 2\n                confidence: expected 0.99, got 0.5\n"
                                                          "  missing     ip:192.0.2.10 mining.pool: aupscan.breach.v1 at proof, revision 1\n");
}

TEST_CASE("endless differences are counted", "[app]") {
  std::vector<BreachEvent> events(200, sample_event());
  CHECK_THAT(compare("", events), Catch::Contains("and 150 more"));
}

TEST_CASE("what is no event is told with its line", "[app]") {
  CHECK(ClaimComparison::parse("e", line(sample_event()) + "{\"a\":1}\n").error().message == "e:2: is no event in JSON");
  CHECK(ClaimComparison::parse("e", "{\n").error().message == "e:1: is no event in JSON");
  CHECK(ClaimComparison::parse("e", "[1]").error().message == "e: entry 1 of the array is no event");
  CHECK(ClaimComparison::parse("e", "[").error().message == "e: is no JSON array");
}

TEST_CASE("an outline that says what happened matches", "[app]") {
  CHECK(outline("- {subject: \"ip:192.0.2.10\", activity: mining.pool, type: breach, stage: proof}\n", {sample_event()}) == "");
  CHECK(outline("- subject: 192.0.2.10\n  activity: mining.pool\n  type: breach\n  stage: proof\n  coin: XMR\n  algorithm: randomx\n  pool: pool.example:3333\n"
                "  counts: {attempts: 0, proof: 1}\n  shares: {submitted: 12, accepted: 11, rejected: 1}\n",
                {sample_event()}) == "");
  CHECK(outline("# silence\n", {}) == "");
  CHECK(outline("[]\n", {}) == "");
}

TEST_CASE("an outline names what is missing, unexpected and changed", "[app]") {
  CHECK(outline("- {subject: 192.0.2.10, activity: mining.pool, type: indicator, stage: work, coin: BTC, counts: {proof: 2}, shares: {accepted: 3}}\n"
                "- {subject: 192.0.2.99, activity: coin.node, type: breach, stage: session}\n",
                {sample_event(), sample_indicator()}) ==
        "  changed     ip:192.0.2.10 mining.pool\n"
        "                type: expected indicator, got breach\n"
        "                stage: expected work, got proof\n"
        "                mining: expected BTC/any algorithm at any pool, got XMR/randomx at pool.example:3333\n"
        "                counts.proof: expected 2, got 1\n"
        "                shares.accepted: expected 3, got 11\n"
        "  missing     ip:192.0.2.99 coin.node: breach at session\n"
        "  unexpected  ip:192.0.2.11 mining.pool: indicator at contact\n");
}

TEST_CASE("two incidents of one subject need two entries, in either order", "[app]") {
  BreachEvent later = sample_event("ip:192.0.2.10", std::string(32, 'c'));
  later.stage = Stage::Session;
  const std::string session = "- {subject: 192.0.2.10, activity: mining.pool, type: breach, stage: session}\n", proof = "- {subject: 192.0.2.10, activity: mining.pool, type: breach, stage: proof}\n";
  CHECK(outline(session + proof, {sample_event(), later}) == "");
  CHECK(outline(proof + session, {sample_event(), later}) == "");
  CHECK(outline(proof, {sample_event(), later}) == "  unexpected  ip:192.0.2.10 mining.pool: breach at session\n");
}

TEST_CASE("mistakes in an outline are told all at once", "[app]") {
  Diagnostics diagnostics;
  CHECK_FALSE(parse_outline("e.yaml", "- {subject: 192.0.2.10, activity: mining.pol, type: breech, stage: proof, coins: 1}\n- 7\n", diagnostics));
  CHECK(diagnostics.size() == 4);
  diagnostics.clear();
  CHECK_FALSE(parse_outline("e.yaml", "subject: 192.0.2.10\n", diagnostics));
  CHECK(diagnostics.size() == 1);
}

TEST_CASE("the program exits with 4 and a diff where the claims differ", "[app]") {
  const test::TempDirectory directory;
  const test::TcpDialogue miner = test::miner_dialogue(2), longer = test::miner_dialogue(3);
  test::write_capture(directory.file("a.pcapng"), {&miner});
  test::write_capture(directory.file("b.pcapng"), {&longer});
  ReplayOptions options;
  options.captures = {directory.file("a.pcapng")};
  options.events = directory.file("expected.ndjson");
  REQUIRE(test::run_replay(options).code == ExitCode::Done);
  options.expect = options.events;
  options.events.clear();
  CHECK(test::run_replay(options).code == ExitCode::Done);
  options.captures = {directory.file("b.pcapng")};
  options.fail_on = FailOn::Breach;
  const auto run = test::run_replay(options);
  CHECK(run.code == ExitCode::Unexpected);
  CHECK_THAT(run.messages, Catch::Contains("the claims differ from") && Catch::Contains("mining/0/shares/submitted: expected 2, got 3"));
}

}  // namespace
}  // namespace scanner

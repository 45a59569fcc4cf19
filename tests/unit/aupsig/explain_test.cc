#include "tools/aupsig/explain.h"

#include "tests/support/scenario_case.h"
#include "tests/support/tcp_dialogue.h"
#include "tests/unit/aupsig/workbench_case.h"
#include "tools/aupsig/hex_view.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <stdexcept>

using namespace scanner;

namespace {

const Setup& setup() { return test::shipped_setup(); }
using test::scenario_of;

Explanation explained(const test::Packets& packets, ExplainOptions options = {}) {
  const test::TempDirectory directory;
  test::write_packets(directory.file("case.pcapng"), packets);
  const auto explanation = explain_captures(setup(), {directory.file("case.pcapng")}, options, {});
  if (!explanation) throw std::runtime_error(explanation.error().message);
  return *explanation;
}

Explanation explained(const std::string& scenario, ExplainOptions options = {}) { return explained(trafficgen::generate(scenario_of(scenario)), options); }

const RungStory& rung(const Explanation& explanation, Stage stage) {
  REQUIRE_FALSE(explanation.flows.empty());
  const auto& rungs = explanation.flows.front().rungs;
  const auto found = std::find_if(rungs.begin(), rungs.end(), [&](const RungStory& r) { return r.stage == stage; });
  REQUIRE(found != rungs.end());
  return *found;
}

bool says(const std::vector<std::string>& reasons, const std::string& part) {
  for (const std::string& reason : reasons) UNSCOPED_INFO(reason);
  return std::any_of(reasons.begin(), reasons.end(), [&](const std::string& r) { return r.find(part) != std::string::npos; });
}

}  // namespace

TEST_CASE("a conversation in a dialect that nobody knows is explained method by method", "[aupsig][explain]") {
  const Explanation explanation = explained("made-up-dialect/traffic.yaml");
  REQUIRE(explanation.flows.size() == 1);
  CHECK(explanation.events.empty());
  CHECK_FALSE(rung(explanation, Stage::Contact).reached);
  CHECK(says(rung(explanation, Stage::Contact).why, "no dialect knows the method \"quarry/enter\" (1 message from the initiator, first in packet 4)"));
  CHECK(says(rung(explanation, Stage::Contact).why, "\"quarry/stone\""));
  CHECK(says(rung(explanation, Stage::Contact).why, "no dialect calls the name of a method \"verb\""));
  CHECK(explanation_text(explanation).find("no event: nothing in 19 packets") != std::string::npos);
}

TEST_CASE("each missed rung has its own reason", "[aupsig][explain]") {
  CHECK(says(rung(explained("mining.pool/cryptonote-login-refused/scenario.yaml"), Stage::Session).why, "was refused in packet"));
  CHECK(says(rung(explained("mining.pool/answers-with-other-ids/scenario.yaml"), Stage::Session).why, "that was never asked with"));
  CHECK(says(rung(explained("mining.pool/session-only/scenario.yaml"), Stage::Work).why, "no share was submitted"));
  CHECK(says(rung(explained("mining.pool/shares-rejected/scenario.yaml"), Stage::Proof).why, "refused and none accepted"));
  CHECK(says(rung(explained("mining.pool/subscribe-unanswered/scenario.yaml"), Stage::Session).why, "was never answered"));
}

TEST_CASE("of a packet of work out of the blue it is said why it proves nothing", "[aupsig][explain]") {
  test::TcpDialogue talk;
  talk.server(R"({"id":null,"method":"mining.notify","params":["job","4d16b6f85af6e2198f44ae2a6de67f78487ae5611b77c6c0440b921e00000000","01000000010000","ffffffff0100",[],"20000000","1a2fca7c","65400000",true]})"
              "\n");
  const test::Buffer built = talk.packet(talk.segments.front());
  const Explanation explanation = explained(test::Packets{{talk.segments.front().at, built, static_cast<std::uint32_t>(built.size()), LinkType::Ethernet}});
  CHECK_FALSE(rung(explanation, Stage::Session).reached);
  CHECK(says(rung(explanation, Stage::Session).why, "nobody was seen to acknowledge it"));
}

TEST_CASE("reached rungs name the packet that reached them, and what decided is shown redacted", "[aupsig][explain]") {
  const Explanation explanation = explained("mining.pool/cryptonote-proof/scenario.yaml");
  const RungStory& session = rung(explanation, Stage::Session);
  const RungStory& proof = rung(explanation, Stage::Proof);
  CHECK(session.reached);
  CHECK(says(session.why, "the log-in was accepted"));
  CHECK(proof.reached);
  CHECK(session.frame > 0);
  CHECK(proof.frame > session.frame);
  const auto& steps = explanation.flows.front().steps;
  CHECK(std::any_of(steps.begin(), steps.end(), [&](const StepStory& s) { return s.frame == proof.frame && s.what == "share accepted (cryptonote, submit)"; }));
  const std::string password = "correct-horse";
  const std::string text = explanation_text(explanation), json = explanation_json(explanation);
  CHECK(text.find(password) == std::string::npos);
  CHECK(json.find(password) == std::string::npos);
  CHECK(nlohmann::json::parse(json)["flows"][0]["rungs"].size() == 4);
}

TEST_CASE("no explanation of any scenario tells a wallet or a password", "[aupsig][explain]") {
  std::size_t wallets = 0;
  for (const auto& one : test::scenario_cases()) {
    const test::TempDirectory directory;
    test::write_packets(directory.file("case.pcapng"), trafficgen::generate(one.scenario));
    const auto explanation = explain_captures(setup(), {directory.file("case.pcapng")}, {.rules = {}, .paths = {}, .signature = "mining.pool.stratum-opening", .flow = "", .json = false, .all = true}, {});
    REQUIRE(explanation);
    const std::string text = explanation_text(*explanation) + explanation_json(*explanation);
    for (const auto& conversation : one.scenario.conversations) {
      INFO(one.name);
      if (conversation.miner.wallet.size() > 16) CHECK(text.find(conversation.miner.wallet) == std::string::npos);
      if (conversation.miner.password.size() > 4) CHECK(text.find(conversation.miner.password) == std::string::npos);
      if (conversation.miner.wallet.size() > 16) ++wallets;
    }
  }
  CHECK(wallets > 20);
}

TEST_CASE("a signature is held against every text of its field, pattern by pattern", "[aupsig][explain]") {
  ExplainOptions options;
  options.signature = "mining.pool.cryptonote-login";
  const Explanation hit = explained("mining.pool/cryptonote-proof/scenario.yaml", options);
  REQUIRE(hit.signature);
  CHECK(hit.signature->held == 1);
  REQUIRE_FALSE(hit.signature->shown.empty());
  const FieldTrace& first = hit.signature->shown.front();
  CHECK(first.holds);
  CHECK(first.frame > 0);
  const auto method = std::find_if(first.patterns.begin(), first.patterns.end(), [](const PatternTrace& p) { return p.name == "method"; });
  REQUIRE(method != first.patterns.end());
  CHECK(method->hit);
  CHECK(method->end > 0);

  const Explanation miss = explained("made-up-dialect/traffic.yaml", options);
  REQUIRE(miss.signature);
  CHECK(miss.signature->texts == 1);
  CHECK(miss.signature->held == 0);
  CHECK(miss.signature->shown.front().hits() == 0);

  options.signature = "mining.pool.no-such";
  const test::TempDirectory directory;
  test::write_packets(directory.file("case.pcapng"), trafficgen::generate(scenario_of("made-up-dialect/traffic.yaml")));
  const auto unknown = explain_captures(setup(), {directory.file("case.pcapng")}, options, {});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().message.find("there is no signature 'mining.pool.no-such'") != std::string::npos);
}

TEST_CASE("an event's arithmetic is done again, and a changed confidence is noticed", "[aupsig][explain]") {
  Explanation explanation = explained("mining.pool/listed-pool-proof/scenario.yaml");
  REQUIRE_FALSE(explanation.events.empty());
  for (const EventStory& event : explanation.events) {
    INFO(event.confidence << " " << event.recomputed);
    CHECK(event.agrees());
  }
  std::size_t unread = 0;
  const auto changed = read_events(R"({"specversion":"1.0","id":"a","subject":"ip:192.0.2.1","data":{"incident":"b","revision":1,"confidence":0.99,"assessment":{"arithmetic":[
      {"what":"traffic: x","weight":0.3},{"what":"traffic: the other end is on a list","weight":0.3},{"what":"process: y","weight":0.5},{"what":"attribution: z","weight":0.5}]}}})", unread);
  REQUIRE(changed.size() == 1);
  CHECK(unread == 0);
  CHECK(changed[0].recomputed == Approx(0.378).margin(0.001));  // (1 - 0.7 * 0.7 * 0.5) / 2
  CHECK_FALSE(changed[0].agrees());
}

TEST_CASE("bytes are shown sixteen a line, and what is left out is counted", "[aupsig][explain]") {
  const auto lines = hex_view("0123456789abcdef\nx", 16);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == "00000010  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|");
  CHECK(lines[1] == "00000020  0a 78                                             |.x|");
  CHECK(hex_view(std::string(100, 'x'), 0, 2).back() == "          and 68 bytes more");
}

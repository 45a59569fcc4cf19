// Claims must not depend on how the same traffic was captured or how it is worked off:
// re-cut, run again, on several threads, in several files (DESIGN §5.2).
#include "scanner/packet/decode.h"
#include "tests/support/capture_changes.h"
#include "tests/support/packet_builder.h"
#include "tests/support/tcp_dialogue.h"
#include "tests/support/scenario_case.h"
#include "tests/support/temp_directory.h"
#include "places.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iostream>

using namespace scanner;
using namespace scanner::test;

namespace {

namespace fs = std::filesystem;

struct Input {
  std::string name;
  Packets packets;
  std::vector<Cidr> local;
  std::string key_log = "";

  RunOptions options(std::size_t workers = 1) const {
    RunOptions made;
    made.workers = workers;
    made.local = local;
    made.key_log = key_log;
    return made;
  }
};

// The claims, one a line; Catch shows where two such texts differ.
std::string claims_of(const EngineRun& run) {
  std::string text;
  for (const std::string& claim : run.claims) text += claim + "\n";
  return text;
}
std::string claims_of(const Input& input, const Packets& packets, std::size_t workers = 1) {
  return claims_of(run_packets(trafficgen::views(packets), input.options(workers)));
}

// The first claims that differ, shortened round the place; empty where none do.
std::string difference(const std::string& a, const std::string& b) {
  if (a == b) return "";
  std::size_t at = 0;
  while (at < a.size() && at < b.size() && a[at] == b[at]) ++at;
  const std::size_t from = at < 300 ? 0 : at - 300;
  return "…" + a.substr(from, 600) + "\n   against\n…" + b.substr(from, 600);
}

void check_properties(const Input& input) {
  const std::string claims = claims_of(input, input.packets);
  CHECK(difference(claims, claims_of(input, input.packets)) == "");
  CHECK(difference(claims, claims_of(input, input.packets, 2)) == "");
  // What is concluded from the number of packets may change with the number of packets (DESIGN §5.2).
  const bool statistical = claims.find("\"type\":\"statistical\"") != std::string::npos;
  for (const std::uint64_t seed : {1, 2, 3}) {
    INFO("cut with seed " << seed);
    const std::string of_pieces = claims_of(input, recut(input.packets, seed));
    if (statistical)
      CHECK(of_pieces.find("\"type\":\"statistical\"") != std::string::npos);
    else
      CHECK(difference(claims, of_pieces) == "");
  }
  const TempDirectory directory;
  const auto file = [&](const std::string& name, const Packets& packets) {
    write_packets(directory.file(name), packets);
    return directory.file(name);
  };
  int part = 0;
  for (const auto& [first, second] : {split_in_turn(input.packets), split_by_pair(input.packets)}) {
    const std::string tag = std::to_string(part++);
    const std::vector<std::string> paths{file("a" + tag + ".pcapng", first), file("b" + tag + ".pcapng", second)};
    const std::string merged = file("merged" + tag + ".pcapng", read_packets(paths));
    CHECK(difference(claims_of(run_captures(paths, input.options())),
                     claims_of(run_captures({merged}, input.options()))) == "");
  }
}

// Two sets of rules that judge alike and are not the same.
struct Alternatives {
  Rules other;
  std::vector<const Rules*> in_turn{&shipped_rules(), &other};
};
const Alternatives& another_signature() {
  static const Alternatives kept{shipped_rules_and("mining.pool/nobody-says-this.yaml", R"(
id: mining.pool.nobody-says-this
title: A word that no capture holds
activity: mining.pool
field: stream.client
stage: contact
weight: 0.1
status: active
owner: tests
revision: 1
patterns:
  word: {literal: zxqvbnmlkjhgfdsapoiuytrewq}
condition: word
references: ["https://example.net/"]
known_false_positives: [none]
examples:
  match: ["zxqvbnmlkjhgfdsapoiuytrewq"]
  no_match: ["qwertyuiopasdfghjklmnbvqxz"]
)")};
  return kept;
}
const Alternatives& another_dialect() {
  static const Alternatives kept{shipped_rules_and(AUPSCAN_SOURCE_DIR "/tests/scenario/made-up-dialect/quarry.yaml")};
  return kept;
}

constexpr std::string_view kPushedWork =
    R"({"id":null,"method":"mining.notify","params":["job","4d16b6f85af6e2198f44ae2a6de67f78487ae5611b77c6c0440b921e00000000","01000000010000","ffffffff0100",[],"20000000","1a2fca7c","65400000",true]})"
    "\n";

Packets packets_of(const TcpDialogue& talk) {
  Packets packets;
  for (const TcpSegment& segment : talk.segments) {
    const Buffer built = talk.packet(segment);
    packets.push_back({segment.at, built, static_cast<std::uint32_t>(built.size()), LinkType::Ethernet});
  }
  return packets;
}

// A conversation with payload to cut.
const ScenarioCase& cryptonote_case() {
  const auto& cases = scenario_cases();
  return *std::find_if(cases.begin(), cases.end(),
                       [](const ScenarioCase& one) { return one.name == "mining.pool/cryptonote-proof"; });
}

}  // namespace

TEST_CASE("re-cutting keeps the bytes and their times", "[property]") {
  const auto packets = trafficgen::generate(cryptonote_case().scenario);
  const auto payload_of = [](const Packets& list) {
    std::string text;
    for (const Packet& packet : trafficgen::views(list)) {
      Decoded decoded;
      decode(packet, decoded);
      if (decoded.tuple.protocol == IpProtocol::Tcp) text += as_text(decoded.payload);
    }
    return text;
  };
  const Packets pieces = recut(packets, 1);
  CHECK(pieces.size() > packets.size());
  CHECK(payload_of(pieces) == payload_of(packets));
  CHECK(pieces.back().at == packets.back().at);
}

TEST_CASE("scenarios give the same claims however they were captured and worked off", "[property]") {
  for (const ScenarioCase& one : scenario_cases()) DYNAMIC_SECTION(one.name) {
      check_properties({one.name, trafficgen::generate(one.scenario), one.checks.local, trafficgen::key_log(one.scenario)});
    }
}

TEST_CASE("a reload before every few packets changes no claim", "[property]") {
  for (const ScenarioCase& one : scenario_cases()) DYNAMIC_SECTION(one.name) {
      const auto packets = trafficgen::generate(one.scenario);
      const auto views = trafficgen::views(packets);
      const std::string claims = claims_of(run_packets(views, {.workers = 1, .local = one.checks.local}));
      // A pattern that a reload cuts in two is not found, since streams are searched anew: with
      // one byte a segment no pattern would be.
      const auto& talks = one.scenario.conversations;
      const bool by_bytes = std::any_of(talks.begin(), talks.end(), [](const trafficgen::Conversation& talk) {
        return talk.network.segments == trafficgen::Segments::Byte;
      });
      const EngineRun run = run_packets(views, {.workers = 1,
                                                .local = one.checks.local,
                                                .reloads = another_signature().in_turn,
                                                .batch = by_bytes ? 500U : 3U});
      CHECK(difference(claims, claims_of(run)) == "");
    }
}

TEST_CASE("a conversation keeps what it proved through changes of the dialects", "[property]") {
  for (const ScenarioCase& one : scenario_cases()) DYNAMIC_SECTION(one.name) {
      const auto packets = trafficgen::generate(one.scenario);
      const auto views = trafficgen::views(packets);
      const EngineRun before = run_packets(views, {.workers = 1, .local = one.checks.local});
      // Few enough changes that no conversation outlives two of them.
      const EngineRun run = run_packets(views, {.workers = 1,
                                                .local = one.checks.local,
                                                .reloads = another_dialect().in_turn,
                                                .batch = views.size() / 2 + 1});
      const auto expected = before.book.incidents(), got = run.book.incidents();
      REQUIRE(got.size() == expected.size());
      for (std::size_t i = 0; i < got.size(); ++i) {
        CHECK(got[i]->subject.id == expected[i]->subject.id);
        CHECK(got[i]->stage == expected[i]->stage);
        CHECK(got[i]->counts.proof == expected[i]->counts.proof);
      }
    }
}

TEST_CASE("a conversation in its third generation of dialects is picked up again", "[property]") {
  const auto packets = trafficgen::generate(cryptonote_case().scenario);
  const auto views = trafficgen::views(packets);
  const EngineRun run =
      run_packets(views, {.workers = 1, .local = {}, .reloads = another_dialect().in_turn, .batch = 8});
  REQUIRE(run.book.incidents().size() == 1);
  CHECK(run.book.incidents().front()->stage == Stage::Proof);
}

TEST_CASE("ends that were forged in the middle of a message do not hide the miner", "[property]") {
  const auto whole = trafficgen::generate(cryptonote_case().scenario);
  const auto views = trafficgen::views(whole);
  Packets packets;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    Decoded decoded;
    decode(views[i], decoded);
    const bool first_said = packets.size() == i && !decoded.payload.empty();
    if (!first_said) {
      packets.push_back(whole[i]);
      continue;
    }
    const auto frame = [&](bool back, const TcpHeader& header, std::string_view text) {
      const Endpoint &from = back ? decoded.tuple.destination : decoded.tuple.source, &to = back ? decoded.tuple.source : decoded.tuple.destination;
      const Buffer built = PacketBuilder().ethernet().ip(from.address.to_string().c_str(), to.address.to_string().c_str()).tcp(from.port, to.port, header).payload(text).build();
      packets.push_back({whole[i].at, built, static_cast<std::uint32_t>(built.size()), LinkType::Ethernet});
    };
    const std::string_view text = as_text(decoded.payload);
    const std::uint32_t begin = decoded.tcp.sequence, middle = begin + static_cast<std::uint32_t>(text.size() / 2), other = decoded.tcp.acknowledgement;
    frame(false, {.sequence = begin, .acknowledgement = other, .flags = "PA"}, text.substr(0, text.size() / 2));
    frame(false, {.sequence = middle, .acknowledgement = other, .flags = "FA"}, "");
    frame(true, {.sequence = other, .acknowledgement = middle + 1, .flags = "FA"}, "");
    frame(false, {.sequence = middle, .acknowledgement = other, .flags = "PA"}, text.substr(text.size() / 2));
  }
  REQUIRE(packets.size() == whole.size() + 3);
  const EngineRun run = run_packets(trafficgen::views(packets));
  REQUIRE(run.book.incidents().size() == 1);
  CHECK(run.book.incidents().front()->stage == Stage::Proof);
}

TEST_CASE("a packet of work out of the blue, which anybody can send, accuses nobody", "[property]") {
  const auto stage = [](const std::function<void(TcpDialogue&)>& then) {
    TcpDialogue talk;
    talk.server(kPushedWork).wait(std::chrono::milliseconds(1));
    then(talk);
    talk.server(kPushedWork);
    const EngineRun run = run_packets(trafficgen::views(packets_of(talk)));
    REQUIRE(run.book.incidents().size() == 1);
    return run.book.incidents().front()->stage;
  };
  CHECK(stage([](TcpDialogue& talk) { talk.client_resets(); }) == Stage::Contact);
  CHECK(stage([](TcpDialogue&) {}) == Stage::Contact);
  // Its kernel says where it really is.
  CHECK(stage([](TcpDialogue& talk) {
          talk.say(Direction::FromInitiator, "A");
          talk.segments.back().acknowledgement += 123'456'789;
        }) == Stage::Contact);
  CHECK(stage([](TcpDialogue& talk) { talk.client_acks(); }) == Stage::Session);
}

TEST_CASE("work that is pushed behind the end of a page is what it would be without the end", "[property]") {
  const auto claims = [](bool ends) {
    TcpDialogue talk;
    talk.handshake().client("GET / HTTP/1.1\r\nHost: pages.example\r\n\r\n").server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").client_acks();
    if (ends) {
      talk.client_closes().server_closes();
      --talk.server_sequence;  // in the place of the end, which was none
      --talk.client_sequence;
    }
    talk.at = Timestamp{1'700'000'001'000'000'000};
    talk.server(kPushedWork).client_acks();
    return run_packets(trafficgen::views(packets_of(talk)));
  };
  const EngineRun with = claims(true), without = claims(false);
  REQUIRE(without.book.incidents().size() == 1);
  CHECK(without.book.incidents().front()->stage == Stage::Contact);
  REQUIRE(with.book.incidents().size() == 1);
  CHECK(with.book.incidents().front()->stage == Stage::Contact);
}

TEST_CASE("real mining captures give the same claims however they were captured and worked off", "[property]") {
  const fs::path corpus = AUPSCAN_CORPUS_DIR "/positive";
  if (!fs::exists(corpus)) {
    std::cout << "skipped: there is no corpus at " << corpus << "\n";
    return;
  }
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(corpus)) paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) DYNAMIC_SECTION(fs::path(path).filename().string()) {
      check_properties({path, read_packets({path}), {}});
    }
}

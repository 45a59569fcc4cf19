#include "scanner/engine/event_json.h"
#include "tests/support/event_schema.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace scanner {
namespace {

const std::string kHash64(64, 'a');
const std::string kHash32(32, 'b');

JsonFrame frame() { return {"urn:aupscan:replay", "0.1.0", "", {"a.pcap", "b.pcap"}}; }

// An event with every optional field empty.
BreachEvent bare_event() {
  BreachEvent event;
  event.id = kHash32;
  event.incident = kHash32;
  event.revision = 1;
  event.activity = "mining.pool";
  event.stage = event.traffic_stage = Stage::Contact;
  event.severity = "low";
  event.clause = "9.1";
  event.item = "4-1";
  event.declaration_version = "1";
  event.declaration_sha256 = kHash64;
  event.subject.id = "host:local";
  event.ruleset_id = kHash64;
  event.proposal = {"breach", {}, {"that alone proves no conduct"}};
  return event;
}

Finding bare_finding() {
  Finding finding;
  finding.key = "flow:1";
  finding.activity = "mining.pool";
  finding.stage = Stage::Contact;
  finding.source = "listed-host";
  finding.reason = "a name was asked for";
  return finding;
}

FlowRef flow(IpProtocol protocol, const char* from, const char* to) {
  FlowRef flow;
  flow.tuple = {{*IpAddress::parse(from), 40000}, {*IpAddress::parse(to), 3333}, protocol};
  return flow;
}

Finding full_finding() {
  Finding finding = bare_finding();
  finding.kind = EvidenceKind::Process;
  finding.flow = flow(IpProtocol::Tcp, "192.0.2.1", "198.51.100.2");
  finding.flow->start_seen = true;
  finding.flow->outer_vlan = 12;
  finding.flow->vni = 77;
  finding.process.emplace();
  finding.process->id = {"boot", 1'700'000'000'000'000'000, 4711};
  finding.process->executable = "/tmp/miner";
  finding.process->arguments = {"/tmp/miner", "--coin", "x"};
  finding.process->comm = "miner";
  finding.process->cgroup = "/user.slice";
  finding.process->container = "c0ffee";
  finding.process->sha256 = kHash64;
  finding.process->deleted = true;
  finding.packets = {{1, 4}, {1, 6}};
  finding.matches = {R"({"id":1})"};
  finding.listed = "pools:pool.example";
  finding.listing = ListContext{"pools", "pool.example", "The Pool", "XMR", "B", "list-a,list-b", "2026-01-02", 3, 0.9, false, true, false};
  finding.weight = 0.99;
  return finding;
}

BreachEvent full_event() {
  BreachEvent event = bare_event();
  event.type = EventType::Breach;
  event.stage = event.traffic_stage = Stage::Proof;
  event.process_stage = Stage::Work;
  event.state = "closed";
  event.confidence = 0.998;
  event.subject = {"tenant:acme/web-1", *IpAddress::parse("2001:db8::1"), "acme", "web-1", "docker", "container c0ffee", Timestamp{1}};
  event.findings = {full_finding(), bare_finding()};
  event.findings_total = 2;
  event.counts = {1, 2, 3, 4, 5};
  event.mining = {{"XMR", "randomx", "pool.example", "44AFFq…", "hmac-sha256:" + kHash32, 3, 2, 1, 1234.5, 0.25, "XMRig/6.21.0", "XMRig", "6.21.0", "cpu"}, {}};
  event.arithmetic = {{"traffic: a share was accepted", 0.99}};
  event.independent_kinds = {"traffic", "process"};
  event.compromise_indicators = {"the image was deleted"};
  event.wilful_indicators = {"it starts with the machine"};
  event.counter_evidence = {"timestamps jumped"};
  event.merged_into = kHash32;
  event.quality = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  event.evidence = {{kHash64, "pcapng", "x.pcapng", 5}};
  event.config_id = kHash64;
  event.proposal.measures = {"(1) restrict or suspend", "(2) end the service"};
  return event;
}

std::string problems(const BreachEvent& event) { return test::schema_errors(to_json(event, frame())); }

TEST_CASE("an event with every optional field empty meets the schema", "[engine]") {
  CHECK(problems(bare_event()) == "");
  BreachEvent event = bare_event();
  event.findings = {bare_finding()};
  CHECK(problems(event) == "");
}

TEST_CASE("an event with every optional field set meets the schema", "[engine]") {
  CHECK(problems(full_event()) == "");
}

TEST_CASE("every kind of flow, stage and event type meets the schema", "[engine]") {
  BreachEvent event = full_event();
  for (const IpProtocol protocol : {IpProtocol::Icmp, IpProtocol::Tcp, IpProtocol::Udp, IpProtocol::Icmp6, IpProtocol::Sctp, IpProtocol{47}}) {
    event.findings[0].flow = flow(protocol, "2001:db8::1", "2001:db8::ffff");
    CHECK(problems(event) == "");
  }
  for (const Stage stage : {Stage::Interest, Stage::Contact, Stage::Session, Stage::Work, Stage::Proof, Stage::Observed, Stage::Confirmed}) {
    event.stage = event.traffic_stage = event.process_stage = stage;
    CHECK(problems(event) == "");
  }
  for (const EventType type : {EventType::Breach, EventType::Indicator, EventType::Permitted}) {
    event.type = type;
    CHECK(problems(event) == "");
  }
}

TEST_CASE("text that is no UTF-8 still gives an event that meets the schema", "[engine]") {
  BreachEvent event = full_event();
  event.findings[0].reason = "\xff\xfe\x80";
  CHECK(problems(event) == "");
}

TEST_CASE("the schema refuses unknown fields, missing fields and unknown words", "[engine]") {
  using Json = nlohmann::json;
  const Json good = Json::parse(to_json(full_event(), frame()));
  const auto refused = [&](const char* pointer, const Json& value) {
    Json bad = good;
    bad[Json::json_pointer(pointer)] = value;
    return !test::schema_errors(bad.dump()).empty();
  };
  CHECK_FALSE(refused("/data/stage", "work"));
  CHECK_FALSE(refused("/data/stage", "none"));  // an incident that lost all its findings
  CHECK(refused("/data/stage", "Proof"));
  CHECK(refused("/data/activity", "mining.other"));
  CHECK(refused("/type", "aupscan.breach.v2"));
  CHECK(refused("/extra", 1));
  CHECK(refused("/data/extra", 1));
  CHECK(refused("/data/findings/0/extra", 1));
  CHECK(refused("/data/findings/0/flow/extra", 1));
  CHECK(refused("/data/mining/0/shares/extra", 1));
  CHECK(refused("/data/confidence", 1.5));
  CHECK(refused("/data/revision", 0));
  CHECK(refused("/data/window/first_seen", "2026-01-02T03:04:05Z"));
  CHECK(refused("/data/proposal/human_decision_required", false));
  for (const auto& [key, value] : good["data"].items()) {
    Json bad = good;
    bad["data"].erase(key);
    CAPTURE(key);
    CHECK_FALSE(test::schema_errors(bad.dump()).empty());
  }
}

}  // namespace
}  // namespace scanner

// Events as the engine would make them, for what shows and compares them.
#pragma once

#include "scanner/model/breach_event.h"

#include <string>

namespace scanner::test {

inline constexpr Timestamp kNoon{1'767'355'200'000'000'000};  // 2026-01-02 12:00:00 UTC

inline FlowRef sample_flow(std::uint64_t id = 7) {
  FlowRef flow;
  flow.id = id;
  flow.tuple = {{*IpAddress::parse("192.0.2.10"), 40000}, {*IpAddress::parse("198.51.100.20"), 3333}, IpProtocol::Tcp};
  flow.start_seen = true;
  return flow;
}

inline Finding sample_finding() {
  Finding finding;
  finding.key = "flow:7";
  finding.activity = "mining.pool";
  finding.stage = Stage::Proof;
  finding.first_seen = kNoon;
  finding.last_seen = kNoon + std::chrono::minutes(10);
  finding.source = "cryptonote";
  finding.reason = "a share was accepted";
  finding.weight = 0.99;
  finding.flow = sample_flow();
  finding.packets = {{0, 4}, {0, 6}, {0, 9}};
  finding.matches = {R"({"method":"login"})"};
  return finding;
}

inline BreachEvent sample_event(const std::string& subject = "ip:192.0.2.10", const std::string& incident = std::string(32, 'a')) {
  BreachEvent event;
  event.type = EventType::Breach;
  event.incident = incident;
  event.id = std::string(32, '1');
  event.revision = 1;
  event.time = kNoon + std::chrono::minutes(10);
  event.activity = "mining.pool";
  event.stage = event.traffic_stage = Stage::Proof;
  event.severity = "critical";
  event.confidence = 0.99;
  event.first_seen = kNoon;
  event.last_seen = kNoon + std::chrono::minutes(10);
  event.observations = 30;
  event.clause = "9.1";
  event.item = "4-1";
  event.declaration_version = "1";
  event.declaration_sha256 = std::string(64, 'd');
  event.subject.id = subject;
  event.subject.address = *IpAddress::parse("192.0.2.10");
  event.findings = {sample_finding()};
  event.findings_total = 1;
  event.counts.proof = 1;
  event.mining = {{"XMR", "randomx", "pool.example:3333", "44AFFq…", "", 12, 11, 1, 1234.5, 2.0}};
  event.arithmetic = {{"traffic: a share was accepted", 0.99}};
  event.independent_kinds = {"traffic"};
  event.ruleset_id = std::string(64, 'e');
  event.proposal = {"breach", {"(1) restrict or suspend"}, {"submitted work was accepted"}};
  return event;
}

// One that proves nothing.
inline BreachEvent sample_indicator(const std::string& subject = "ip:192.0.2.11", const std::string& incident = std::string(32, 'b')) {
  BreachEvent event = sample_event(subject, incident);
  event.type = EventType::Indicator;
  event.stage = event.traffic_stage = Stage::Contact;
  event.findings[0].stage = Stage::Contact;
  event.counts = {};
  event.counts.contacts = 2;
  event.mining.clear();
  event.severity = "low";
  event.confidence = 0.3;
  event.proposal.measures.clear();
  return event;
}

}  // namespace scanner::test

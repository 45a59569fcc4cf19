#include "scanner/engine/format/ecs.h"

#include "scanner/engine/format/event_facts.h"

#include <nlohmann/json.hpp>

#include <array>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;

// A breach is an alert; what proves nothing is only an event.
Json event_json(const BreachEvent& event) {
  // Elastic's own scores for low, medium, high and critical.
  constexpr std::array<int, 6> kSeverity{0, 0, 21, 47, 73, 99};
  Json json{{"id", event.id},
            {"kind", is_alert(event) ? "alert" : "event"},
            {"category", Json::array()},
            {"type", Json::array({"info"})},
            {"action", "incident-" + std::string(to_string(change_of(event)))},
            {"module", "aupscan"},
            {"dataset", "aupscan." + std::string(kind_of(event))},
            {"provider", "aupscan"},
            {"severity", kSeverity[severity_rank(event)]},
            {"risk_score", confidence_percent(event)},
            {"sequence", event.revision},
            {"created", to_rfc3339(event.time)},
            {"start", to_rfc3339(event.first_seen)},
            {"end", to_rfc3339(event.last_seen)}};
  if (decisive_flow(event) != nullptr) json["category"].push_back("network");
  if (decisive_process(event) != nullptr) json["category"].push_back("process");
  if (json["category"].empty()) json["category"].push_back("host");
  if (!event.findings.empty()) json["reason"] = event.findings.front().reason;
  return json;
}

Json rule_json(const BreachEvent& event) {
  Json rule{{"category", event.activity}, {"ruleset", event.ruleset_id}, {"description", headline(event)}, {"reference", policy_text(event)}};
  if (!event.findings.empty()) {
    rule["id"] = event.findings.front().source;
    rule["name"] = event.findings.front().source;
    rule["version"] = std::to_string(event.findings.front().revision);
  }
  return rule;
}

Json threat_json(const Technique& technique) {
  Json json{{"framework", "MITRE ATT&CK"},
            {"tactic", {{"id", Json::array({technique.tactic_id})}, {"name", Json::array({technique.tactic})}}},
            {"technique", {{"id", Json::array({technique.technique_id})}, {"name", Json::array({technique.technique})}}}};
  if (!technique.sub_id.empty()) json["technique"]["subtechnique"] = {{"id", Json::array({technique.sub_id})}, {"name", Json::array({technique.sub_name})}};
  return json;
}

Json endpoint_fields(const Endpoint& at) {
  const std::string address = at.address.to_string();
  return {{"address", address}, {"ip", address}, {"port", at.port}};
}

void put_flow_fields(Json& json, const FlowRef& flow, const Subject& subject) {
  const FiveTuple& tuple = flow.tuple;
  json["source"] = endpoint_fields(tuple.source);
  json["destination"] = endpoint_fields(tuple.destination);
  json["network"] = {{"type", tuple.source.address.is_v4() ? "ipv4" : "ipv6"},
                     {"transport", to_string(tuple.protocol)},
                     {"iana_number", std::to_string(static_cast<int>(tuple.protocol))},
                     {"community_id", community_id(tuple)},
                     {"direction", subject.address == tuple.source.address        ? "egress"
                                   : subject.address == tuple.destination.address ? "ingress"
                                                                                  : "unknown"}};
  if (flow.outer_vlan != 0) json["network"]["vlan"] = {{"id", std::to_string(flow.outer_vlan)}};
}

Json process_fields(const ProcessStarted& process) {
  Json json{{"pid", process.id.pid},
            {"entity_id", process.id.boot + ":" + std::to_string(process.id.pid) + ":" + std::to_string(process.id.start_ns)},
            {"name", process.comm},
            {"executable", process.executable},
            {"args", process.arguments},
            {"args_count", process.arguments.size()},
            {"command_line", command_line(process)},
            {"start", to_rfc3339(Timestamp{process.id.start_ns})},
            {"parent", {{"pid", process.parent_pid}}},
            {"user", {{"id", std::to_string(process.uid)}}}};
  if (!process.sha256.empty()) json["hash"] = {{"sha256", process.sha256}};
  return json;
}

void put_subject(Json& json, const Subject& subject) {
  if (subject.address != IpAddress{}) json["host"]["ip"] = Json::array({subject.address.to_string()});
  if (subject.id.starts_with("host:")) json["host"]["name"] = subject.id.substr(5);
  if (!subject.tenant.empty()) json["cloud"]["account"]["id"] = subject.tenant;
  if (!subject.instance.empty()) json["cloud"]["instance"]["id"] = subject.instance;
}

Json related_json(const BreachEvent& event) {
  Json related{{"ip", addresses_of(event)}, {"hosts", hosts_of(event)}};
  const Finding* process = decisive_process(event);
  if (process != nullptr && !process->process->sha256.empty()) related["hash"] = Json::array({process->process->sha256});
  return related;
}

}  // namespace

std::string to_ecs(const BreachEvent& event, const JsonFrame& frame) {
  const ActivityFacts& facts = facts_of(event.activity);
  Json json{{"@timestamp", to_rfc3339(event.time)}, {"ecs", {{"version", "8.17.0"}}}, {"message", sentence(event)}, {"tags", {"aupscan", kind_of(event), event.mode}}};
  json["event"] = event_json(event);
  json["rule"] = rule_json(event);
  if (!facts.technique.technique_id.empty()) json["threat"] = threat_json(facts.technique);
  json["observer"] = {{"vendor", "aupscan"}, {"product", "aupscan"}, {"type", "ids"}, {"version", frame.version}};
  if (const Finding* finding = decisive_flow(event)) put_flow_fields(json, *finding->flow, event.subject);
  if (const Finding* finding = decisive_process(event)) {
    json["process"] = process_fields(*finding->process);
    if (!finding->process->container.empty()) json["container"] = {{"id", finding->process->container}};
  }
  put_subject(json, event.subject);
  json["related"] = related_json(event);
  json["aupscan"] = Json::parse(own_data(event, frame));
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace scanner

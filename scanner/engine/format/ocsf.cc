#include "scanner/engine/format/ocsf.h"

#include "scanner/engine/format/event_facts.h"

#include <nlohmann/json.hpp>

#include <array>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFindings = 2, kDetectionFinding = 2004;
constexpr int kHostName = 1, kIpAddress = 2, kHash = 8;  // observable types
constexpr std::size_t kMaxObservables = 64;

struct Caption {
  int id;
  std::string_view text;
};

Caption activity_of(const BreachEvent& event) {
  switch (change_of(event)) {
    case Change::Opened: return {1, "Create"};
    case Change::Updated: return {2, "Update"};
    case Change::Closed:
    case Change::Merged: break;
  }
  return {3, "Close"};
}

// "Resolved" would say that somebody had looked into it: an incident closes because nothing
// more was seen.
Caption status_of(const BreachEvent& event) {
  switch (change_of(event)) {
    case Change::Closed: return {99, "Ended"};
    case Change::Merged: return {99, "Merged"};
    case Change::Opened:
    case Change::Updated: break;
  }
  return {1, "New"};
}

Caption severity_of(const BreachEvent& event) {
  constexpr std::array<std::string_view, 6> kNames{"Unknown", "Informational", "Low", "Medium", "High", "Critical"};
  const unsigned rank = severity_rank(event);
  return {static_cast<int>(rank), kNames[rank]};
}

Caption confidence_of(unsigned percent) {
  if (percent >= 90) return {3, "High"};
  return percent >= 50 ? Caption{2, "Medium"} : Caption{1, "Low"};
}

void put(Json& json, const std::string& id_key, const std::string& text_key, const Caption& caption) {
  json[id_key] = caption.id;
  json[text_key] = caption.text;
}

Json attack_json(const Technique& technique) {
  Json json{{"version", kAttackVersion},
            {"tactic", {{"uid", technique.tactic_id}, {"name", technique.tactic}}},
            {"technique", {{"uid", technique.technique_id}, {"name", technique.technique}}}};
  if (!technique.sub_id.empty()) json["sub_technique"] = {{"uid", technique.sub_id}, {"name", technique.sub_name}};
  return json;
}

Json finding_info(const BreachEvent& event) {
  const ActivityFacts& facts = facts_of(event.activity);
  Json info{{"uid", event.incident},
            {"title", headline(event)},
            {"desc", sentence(event)},
            {"types", Json::array({event.activity})},
            {"first_seen_time", milliseconds(event.first_seen)},
            {"last_seen_time", milliseconds(event.last_seen)},
            {"modified_time", milliseconds(event.time)},
            {"data_sources", event.independent_kinds}};
  if (!event.findings.empty()) {
    const Finding& first = event.findings.front();
    const bool usage = first.kind == EvidenceKind::Usage;
    info["analytic"] = {{"type_id", usage ? 2 : 1}, {"type", usage ? "Behavioral" : "Rule"}, {"uid", first.source}, {"name", first.source}, {"version", std::to_string(first.revision)}};
  }
  info["attacks"] = Json::array();
  if (!facts.technique.technique_id.empty()) info["attacks"].push_back(attack_json(facts.technique));
  return info;
}

Json endpoint(const Endpoint& at) { return {{"ip", at.address.to_string()}, {"port", at.port}}; }

void put_flow(Json& evidence, const FlowRef& flow, const Subject& subject) {
  const FiveTuple& tuple = flow.tuple;
  evidence["src_endpoint"] = endpoint(tuple.source);
  evidence["dst_endpoint"] = endpoint(tuple.destination);
  const Caption direction = subject.address == tuple.source.address        ? Caption{2, "Outbound"}
                            : subject.address == tuple.destination.address ? Caption{1, "Inbound"}
                                                                           : Caption{0, "Unknown"};
  const bool v4 = tuple.source.address.is_v4();
  Json info{{"protocol_num", static_cast<int>(tuple.protocol)}, {"protocol_name", to_string(tuple.protocol)}, {"protocol_ver_id", v4 ? 4 : 6}, {"community_uid", community_id(tuple)}};
  put(info, "direction_id", "direction", direction);
  evidence["connection_info"] = std::move(info);
}

Json process_json(const ProcessStarted& process) {
  Json json{{"pid", process.id.pid}, {"name", process.comm}, {"cmd_line", command_line(process)}, {"created_time", process.id.start_ns / 1'000'000}};
  const std::size_t slash = process.executable.rfind('/');
  const std::string name = slash == std::string::npos ? process.executable : process.executable.substr(slash + 1);
  json["file"] = {{"name", name}, {"path", process.executable}, {"type_id", 1}};
  if (!process.sha256.empty()) json["file"]["hashes"] = Json::array({{{"algorithm_id", 3}, {"algorithm", "SHA-256"}, {"value", process.sha256}}});
  json["parent_process"] = {{"pid", process.parent_pid}};
  json["user"] = {{"uid", std::to_string(process.uid)}};
  return json;
}

Json evidence_json(const Finding& finding, const Subject& subject, const JsonFrame& frame) {
  Json evidence{{"name", finding.source}, {"uid", finding.key}};
  if (finding.flow) put_flow(evidence, *finding.flow, subject);
  if (finding.process) evidence["process"] = process_json(*finding.process);
  Json data{{"kind", to_string(finding.kind)}, {"stage", to_string(finding.stage)}, {"reason", finding.reason}, {"weight", finding.weight}, {"match", finding.matches}};
  if (!finding.source_sha256.empty()) data["signature_sha256"] = finding.source_sha256;
  if (!finding.listed.empty()) data["listed"] = finding.listed;
  if (finding.flow) data["display_filter"] = display_filter(*finding.flow);
  data["packets"] = Json::array();
  for (const PacketRef& packet : finding.packets) data["packets"].push_back(packet.frame);
  if (!finding.packets.empty() && finding.packets.front().file < frame.file_names.size()) data["file"] = frame.file_names[finding.packets.front().file];
  evidence["data"] = std::move(data);
  return evidence;
}

Json observables(const BreachEvent& event) {
  Json list = Json::array();
  const auto add = [&list](const char* name, int type, const char* type_name, const std::string& value) {
    if (list.size() < kMaxObservables) list.push_back({{"name", name}, {"type_id", type}, {"type", type_name}, {"value", value}});
  };
  for (const std::string& host : hosts_of(event)) add("unmapped.mining.pool", kHostName, "Hostname", host);
  for (const std::string& address : addresses_of(event)) add("evidences.connection_info", kIpAddress, "IP Address", address);
  if (const Finding* finding = decisive_process(event); finding != nullptr && !finding->process->sha256.empty())
    add("evidences.process.file.hashes", kHash, "Hash", finding->process->sha256);
  return list;
}

Json resource_json(const Subject& subject) {
  Json json{{"uid", subject.id}, {"type", subject.instance.empty() ? "address" : "instance"}};
  json["name"] = !subject.instance.empty() ? subject.instance : subject.address == IpAddress{} ? subject.id : subject.address.to_string();
  return json;
}

Json metadata_json(const BreachEvent& event, const JsonFrame& frame) {
  Json metadata{{"version", "1.8.0"},
                {"uid", event.id},
                {"correlation_uid", event.incident},
                {"profiles", Json::array({"security_control"})},
                {"log_name", "aupscan." + std::string(kind_of(event))},
                {"log_provider", frame.source},
                {"original_time", to_rfc3339(event.time)},
                {"sequence", event.revision},
                {"product", {{"name", "aupscan"}, {"uid", "aupscan"}, {"vendor_name", "aupscan"}, {"version", frame.version}}}};
  if (!event.subject.tenant.empty()) metadata["tenant_uid"] = event.subject.tenant;
  return metadata;
}

}  // namespace

std::string to_ocsf(const BreachEvent& event, const JsonFrame& frame) {
  const Caption activity = activity_of(event);
  const bool alert = is_alert(event) && activity.id != 3;
  Json json;
  put(json, "activity_id", "activity_name", activity);
  put(json, "category_uid", "category_name", {kFindings, "Findings"});
  put(json, "class_uid", "class_name", {kDetectionFinding, "Detection Finding"});
  put(json, "type_uid", "type_name", {kDetectionFinding * 100 + activity.id, ""});
  json["type_name"] = "Detection Finding: " + std::string(activity.text);
  json["time"] = milliseconds(event.time);
  json["start_time"] = milliseconds(event.first_seen);
  json["end_time"] = milliseconds(event.last_seen);
  json["timezone_offset"] = 0;
  put(json, "severity_id", "severity", severity_of(event));
  put(json, "status_id", "status", status_of(event));
  json["confidence_score"] = confidence_percent(event);
  put(json, "confidence_id", "confidence", confidence_of(confidence_percent(event)));
  json["is_alert"] = alert;
  // aupscan takes nothing away from anybody.
  put(json, "action_id", "action", {1, "Allowed"});
  put(json, "disposition_id", "disposition", alert ? Caption{19, "Alert"} : Caption{17, "Logged"});
  json["message"] = sentence(event);
  json["policy"] = {{"name", "acceptable-use declaration"}, {"uid", policy_text(event)}, {"version", event.declaration_version}};
  json["finding_info"] = finding_info(event);
  json["metadata"] = metadata_json(event, frame);
  json["resources"] = Json::array({resource_json(event.subject)});
  json["evidences"] = Json::array();
  for (const Finding& finding : event.findings) json["evidences"].push_back(evidence_json(finding, event.subject, frame));
  json["observables"] = observables(event);
  json["unmapped"] = Json::parse(own_data(event, frame));
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace scanner

#include "scanner/engine/format/eve.h"

#include "scanner/engine/format/event_facts.h"
#include "scanner/model/digest.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;

// Numbers 1,000,000 to 1,999,999 are for local use. One per activity and stage, for good.
constexpr unsigned kFirstSignature = 1'850'000;

// "2026-01-02T03:04:05.678901+0000": microseconds, as Suricata writes them.
std::string eve_time(Timestamp at) {
  const std::string text = to_rfc3339(at);
  return text.substr(0, text.find('.') + 7) + "+0000";
}

// The short descriptions of Suricata's own classification.
std::string_view category_of(std::string_view activity) {
  if (activity.starts_with("mining.") || activity == "pool.operation") return "Crypto Currency Mining Activity Detected";
  if (activity == "coin.node") return "Potential Corporate Privacy Violation";
  if (activity == "abuse.scan") return "Detection of a Network Scan";
  if (activity == "abuse.flood" || activity == "abuse.amplification") return "Detection of a Denial of Service Attack";
  return "Misc activity";
}

// 1 is the worst there, 4 what nobody looks at.
int alert_severity(const BreachEvent& event) {
  if (is_rehearsal(event)) return 4;
  switch (severity_rank(event)) {
    case 5:
    case 4: return 1;
    case 3: return 2;
    case 2: return 3;
    default: return 4;
  }
}

// Equal for both directions; 53 bits, so that no reader rounds it.
std::uint64_t flow_id(const FiveTuple& tuple) {
  const Sha256 digest = sha256(as_bytes(community_id(tuple)));
  std::uint64_t id = 0;
  for (std::size_t i = 0; i < 7; ++i) id = id << 8 | digest[i];
  return id & ((std::uint64_t{1} << 53) - 1);
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

Json alert_json(const BreachEvent& event) {
  const ActivityFacts& facts = facts_of(event.activity);
  Json metadata{{"activity", Json::array({event.activity})},
                {"stage", Json::array({to_string(event.stage)})},
                {"kind", Json::array({kind_of(event)})},
                {"severity", Json::array({event.severity})},
                {"mode", Json::array({event.mode})},
                {"confidence", Json::array({std::to_string(confidence_percent(event))})},
                {"policy", Json::array({policy_text(event)})}};
  if (!facts.technique.technique_id.empty()) {
    metadata["mitre_tactic_id"] = Json::array({facts.technique.tactic_id});
    metadata["mitre_tactic_name"] = Json::array({facts.technique.tactic});
    metadata["mitre_technique_id"] = Json::array({facts.technique.id()});
    metadata["mitre_technique_name"] = Json::array({facts.technique.name()});
  }
  // Suricata's word for "nothing was blocked".
  return {{"action", "allowed"},
          {"gid", 1},
          {"signature_id", kFirstSignature + facts.number * 10 + static_cast<unsigned>(event.stage)},
          {"rev", 1},
          {"signature", "aupscan " + headline(event)},
          {"category", category_of(event.activity)},
          {"severity", alert_severity(event)},
          {"metadata", std::move(metadata)}};
}

void put_flow(Json& json, const Finding& finding, const JsonFrame& frame) {
  const FlowRef& flow = *finding.flow;
  const auto& [source, destination, protocol] = flow.tuple;
  if (flow.outer_vlan != 0) json["vlan"] = Json::array({flow.outer_vlan});
  json["src_ip"] = source.address.to_string();
  json["src_port"] = source.port;
  json["dest_ip"] = destination.address.to_string();
  json["dest_port"] = destination.port;
  json["proto"] = upper(to_string(protocol));
  json["ip_v"] = source.address.is_v4() ? 4 : 6;
  json["flow_id"] = flow_id(flow.tuple);
  json["community_id"] = community_id(flow.tuple);
  if (!finding.packets.empty()) {
    json["pcap_cnt"] = finding.packets.front().frame;
    if (finding.packets.front().file < frame.file_names.size()) json["pcap_filename"] = frame.file_names[finding.packets.front().file];
  }
  json["flow"] = {{"start", eve_time(finding.first_seen)}, {"src_ip", json["src_ip"]}, {"dest_ip", json["dest_ip"]}, {"src_port", json["src_port"]}, {"dest_port", json["dest_port"]}};
}

}  // namespace

std::string to_eve(const BreachEvent& event, const JsonFrame& frame) {
  Json json{{"timestamp", eve_time(event.time)}, {"event_type", "alert"}};
  if (const Finding* finding = decisive_flow(event))
    put_flow(json, *finding, frame);
  else if (event.subject.address != IpAddress{})
    json["src_ip"] = event.subject.address.to_string();
  json["alert"] = alert_json(event);
  Json own{{"id", event.id}, {"subject", event.subject.id}, {"message", sentence(event)}, {"hosts", hosts_of(event)}};
  own.update(Json::parse(own_data(event, frame)));
  json["aupscan"] = std::move(own);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace scanner

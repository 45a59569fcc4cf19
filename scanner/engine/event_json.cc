#include "scanner/engine/event_json.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }
Json number_or_null(double value) { return value > 0 && std::isfinite(value) ? Json(value) : Json(nullptr); }

std::string type_of(EventType type) {
  switch (type) {
    case EventType::Breach: return "aupscan.breach.v1";
    case EventType::Indicator: return "aupscan.indicator.v1";
    case EventType::Permitted: return "aupscan.permitted.v1";
  }
  return "";
}

Json flow_json(const FlowRef& flow) {
  Json json;
  json["src_ip"] = flow.tuple.source.address.to_string();
  json["src_port"] = flow.tuple.source.port;
  json["dst_ip"] = flow.tuple.destination.address.to_string();
  json["dst_port"] = flow.tuple.destination.port;
  json["proto"] = std::string(to_string(flow.tuple.protocol));
  json["community_id"] = community_id(flow.tuple);
  json["start_seen"] = flow.start_seen;
  if (flow.outer_vlan != 0) json["vlan"] = flow.outer_vlan;
  if (flow.vni != 0) json["vni"] = flow.vni;
  if (flow.decrypted) json["decrypted"] = true;
  return json;
}

Json process_json(const ProcessStarted& process) {
  Json json;
  json["pid"] = process.id.pid;
  json["start_time"] = to_rfc3339(Timestamp{process.id.start_ns});
  json["boot"] = text_or_null(process.id.boot);
  json["executable"] = process.executable;
  json["arguments"] = process.arguments;
  json["comm"] = process.comm;
  json["parent_pid"] = process.parent_pid;
  json["uid"] = process.uid;
  json["cgroup"] = text_or_null(process.cgroup);
  json["container"] = text_or_null(process.container);
  json["sha256"] = text_or_null(process.sha256);
  json["deleted"] = process.deleted;
  json["memfd"] = process.memfd;
  return json;
}

Json listing_json(const ListContext& listing) {
  return {{"list", listing.list},
          {"entry", listing.entry},
          {"pool", text_or_null(listing.pool)},
          {"coin", text_or_null(listing.coin)},
          {"tier", listing.tier},
          {"sources", listing.sources},
          {"last_seen", listing.last_seen},
          {"age_days", listing.age_days},
          {"confidence", listing.confidence},
          {"expired", listing.expired},
          {"popular", listing.popular},
          {"by_template", listing.by_template}};
}

Json score_json(const ScoreSheet& score) {
  const auto rounded = [](double value) { return std::round(value * 1000) / 1000; };
  Json terms = Json::array();
  for (const ScoreTerm& term : score.terms) terms.push_back({{"what", term.what}, {"log_odds", rounded(term.log_odds)}});
  return {{"type", "statistical"},
          {"terms", std::move(terms)},
          {"log_odds", rounded(score.log_odds)},
          {"threshold", rounded(score.threshold)},
          {"belief", rounded(score.belief)},
          {"disbelief", rounded(score.disbelief)},
          {"unknown", rounded(score.unknown)}};
}

Json finding_json(const Finding& finding, const JsonFrame& frame) {
  Json json;
  json["kind"] = std::string(to_string(finding.kind));
  json["stage"] = std::string(to_string(finding.stage));
  json["first_seen"] = to_rfc3339(finding.first_seen);
  json["last_seen"] = to_rfc3339(finding.last_seen);
  json["signature"] = {{"id", finding.source}, {"revision", finding.revision}, {"sha256", text_or_null(finding.source_sha256)}};
  json["reason"] = finding.reason;
  json["flow"] = finding.flow ? flow_json(*finding.flow) : Json(nullptr);
  json["process"] = finding.process ? process_json(*finding.process) : Json(nullptr);
  if (finding.process && !finding.ancestors.empty()) {
    Json ancestors = Json::array();
    for (const Ancestor& ancestor : finding.ancestors) ancestors.push_back({{"pid", ancestor.pid}, {"executable", ancestor.executable}, {"comm", ancestor.comm}});
    json["process"]["ancestors"] = std::move(ancestors);
  }
  Json packets = Json::array();
  for (const PacketRef& packet : finding.packets) packets.push_back(packet.frame);
  const std::uint16_t file = finding.packets.empty() ? 0 : finding.packets.front().file;
  json["file"] = finding.packets.empty() || file >= frame.file_names.size() ? Json(nullptr) : Json(frame.file_names[file]);
  json["packets"] = std::move(packets);
  json["display_filter"] = finding.flow ? Json(display_filter(*finding.flow)) : Json(nullptr);
  json["match"] = finding.matches;
  json["listed"] = text_or_null(finding.listed);
  if (finding.listing) json["listing"] = listing_json(*finding.listing);
  json["weight"] = finding.weight;
  if (finding.score) json["score"] = score_json(*finding.score);
  return json;
}

Json mining_json(const MiningSummary& mining) {
  Json json;
  json["coin"] = text_or_null(mining.coin);
  json["algorithm"] = text_or_null(mining.algorithm);
  json["pool"] = text_or_null(mining.pool);
  json["worker_prefix"] = text_or_null(mining.worker_prefix);
  json["worker_ref"] = text_or_null(mining.worker_ref);
  json["shares"] = {{"submitted", mining.submitted}, {"accepted", mining.accepted}, {"rejected", mining.rejected}};
  json["hashrate_estimate"] = number_or_null(mining.hashrate);
  json["difficulty_per_second"] = number_or_null(mining.difficulty_per_second);
  if (!mining.agent.empty())
    json["agent"] = {{"told", mining.agent}, {"family", text_or_null(mining.agent_family)}, {"version", text_or_null(mining.agent_version)}, {"kind", text_or_null(mining.agent_kind)}};
  return json;
}

Json subject_json(const Subject& subject) {
  Json json;
  json["address"] = subject.address == IpAddress{} ? Json(nullptr) : Json(subject.address.to_string());
  json["tenant"] = text_or_null(subject.tenant);
  json["instance"] = text_or_null(subject.instance);
  json["host"] = subject.id.starts_with("host:") ? Json(subject.id.substr(5)) : Json(nullptr);
  Json attribution;
  attribution["method"] = subject.attribution_method.empty() ? "address" : subject.attribution_method;
  attribution["proof"] = text_or_null(subject.attribution_proof);
  attribution["valid_from"] = subject.attributed_from.ns == 0 ? Json(nullptr) : Json(to_rfc3339(subject.attributed_from));
  if (subject.attributed_until.ns != 0) attribution["valid_until"] = to_rfc3339(subject.attributed_until);
  for (const RivalHolder& rival : subject.rivals)
    attribution["conflicts"].push_back({{"tenant", rival.tenant}, {"instance", text_or_null(rival.instance)}, {"method", rival.method}, {"proof", text_or_null(rival.proof)}});
  for (const AttributionDoubt& doubt : subject.doubts) attribution["doubts"].push_back(doubt.what);
  json["attribution"] = std::move(attribution);
  return json;
}

Json assessment_json(const BreachEvent& event) {
  Json arithmetic = Json::array();
  for (const Weight& weight : event.arithmetic) arithmetic.push_back({{"what", weight.what}, {"weight", weight.value}});
  std::string rule = "confidence = 1 - product over independent kinds of (1 - weight); a list entry raises its own kind";
  if (!event.subject.doubts.empty()) rule += "; each doubt of the attribution multiplies the result";
  return {{"arithmetic", std::move(arithmetic)},
          {"rule", rule},
          {"independent_kinds", event.independent_kinds},
          {"compromise_indicators", event.compromise_indicators},
          {"wilful_indicators", event.wilful_indicators},
          {"counter_evidence", event.counter_evidence}};
}

Json quality_json(const Quality& quality) {
  return {{"packets_seen", quality.packets_seen},       {"packets_dropped", quality.packets_dropped},
          {"undecoded", quality.undecoded},             {"one_sided_flows", quality.one_sided_flows},
          {"gaps", quality.gaps},                       {"gap_bytes", quality.gap_bytes},
          {"clamped_timestamps", quality.clamped_timestamps}, {"evicted_flows", quality.evicted_flows},
          {"conflicting_bytes", quality.conflicting_bytes}, {"clipped_packets", quality.clipped_packets},
          {"payload_cut_bytes", quality.payload_cut_bytes}};
}

Json data_json(const BreachEvent& event, const JsonFrame& frame) {
  Json data;
  data["incident"] = event.incident;
  data["revision"] = event.revision;
  data["state"] = event.state;
  data["activity"] = event.activity;
  data["stage"] = std::string(to_string(event.stage));
  data["stages"] = {{"traffic", std::string(to_string(event.traffic_stage))}, {"process", std::string(to_string(event.process_stage))}};
  data["severity"] = event.severity;
  data["confidence"] = event.confidence;
  data["mode"] = event.mode;
  data["window"] = {{"first_seen", to_rfc3339(event.first_seen)}, {"last_seen", to_rfc3339(event.last_seen)}, {"count", event.observations}};
  data["policy"] = {{"clause", event.clause},
                    {"item", event.item},
                    {"declaration", {{"version", event.declaration_version}, {"sha256", event.declaration_sha256}}}};
  data["subject"] = subject_json(event.subject);
  data["findings"] = Json::array();
  for (const Finding& finding : event.findings) data["findings"].push_back(finding_json(finding, frame));
  data["findings_total"] = event.findings_total;
  data["counts"] = {{"attempts", event.counts.attempts}, {"contacts", event.counts.contacts}, {"sessions", event.counts.sessions}, {"work", event.counts.work}, {"proof", event.counts.proof}};
  data["mining"] = Json::array();
  for (const MiningSummary& mining : event.mining) data["mining"].push_back(mining_json(mining));
  data["assessment"] = assessment_json(event);
  data["merged_into"] = text_or_null(event.merged_into);
  data["quality"] = quality_json(event.quality);
  data["evidence"] = Json::array();
  for (const auto& evidence : event.evidence)
    data["evidence"].push_back({{"sha256", evidence.sha256}, {"size", evidence.size}, {"kind", evidence.kind}, {"file", evidence.file}});
  data["provenance"] = {{"version", frame.version}, {"ruleset", event.ruleset_id}, {"config", text_or_null(event.config_id)}, {"replay", text_or_null(frame.replay)}};
  data["proposal"] = {{"basis", event.proposal.basis},
                      {"measures", event.proposal.measures},
                      {"reasons", event.proposal.reasons},
                      {"human_decision_required", true}};
  return data;
}

}  // namespace

std::string display_filter(const FlowRef& flow) {
  const auto& [source, destination, protocol] = flow.tuple;
  const std::string ip = source.address.is_v4() ? "ip.addr==" : "ipv6.addr==";
  std::string filter = ip + source.address.to_string() + " && " + ip + destination.address.to_string();
  if (protocol == IpProtocol::Tcp || protocol == IpProtocol::Udp) {
    const std::string port = std::string(to_string(protocol)) + ".port==";
    filter += " && " + port + std::to_string(source.port) + " && " + port + std::to_string(destination.port);
  }
  return filter;
}

std::string to_json(const BreachEvent& event, const JsonFrame& frame) {
  Json json;
  json["specversion"] = "1.0";
  json["id"] = event.id;
  json["source"] = frame.source;
  json["type"] = type_of(event.type);
  json["subject"] = event.subject.id;
  json["time"] = to_rfc3339(event.time);
  json["datacontenttype"] = "application/json";
  json["data"] = data_json(event, frame);
  // Text is clean UTF-8 by redaction; anything else is replaced rather than refused.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string claim_of(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("data") || !json["data"].is_object()) return "";
  json.erase("id");
  json.erase("source");
  Json& data = json["data"];
  for (const char* key : {"mode", "quality", "evidence", "provenance", "integrity"}) data.erase(key);
  if (data.contains("findings"))
    for (Json& finding : data["findings"]) {
      finding.erase("file");
      finding.erase("packets");
      if (finding.contains("flow") && finding["flow"].is_object()) finding["flow"].erase("decrypted");
    }
  return json.dump();
}

}  // namespace scanner

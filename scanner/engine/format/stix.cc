#include "scanner/engine/format/stix.h"

#include "scanner/engine/format/event_facts.h"
#include "scanner/model/digest.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <vector>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kObservableSpace = "00abedb4-aa42-466c-9c23-fed01530b0e3";
constexpr std::string_view kOwnSpace = "5c3f7a9e-0b7d-4d6f-9a1c-2e8b6d41f073";
constexpr std::string_view kAmber = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82";
constexpr Timestamp kIdentityMade{1'767'225'600'000'000'000};  // 2026-01-01
constexpr auto kIndicatorLives = std::chrono::hours(24 * 30);  // pools move
constexpr std::uint64_t kMaxCount = 999'999'999;

std::string time_text(Timestamp at) {
  const std::string text = to_rfc3339(at);
  return text.substr(0, text.find('.') + 4) + "Z";
}

// Sixteen octets as a UUID of that version.
std::string uuid_text(Bytes octets, unsigned version) {
  std::array<std::uint8_t, 16> id{};
  std::copy_n(octets.begin(), id.size(), id.begin());
  id[6] = static_cast<std::uint8_t>((id[6] & 0x0fU) | version << 4);
  id[8] = static_cast<std::uint8_t>((id[8] & 0x3fU) | 0x80U);
  std::string text = to_hex(id);
  for (const std::size_t at : {20U, 16U, 12U, 8U}) text.insert(at, "-");
  return text;
}

std::string own_id(const std::string& type, const std::string& name) { return type + "--" + uuid5(kOwnSpace, type + "\n" + name); }

bool means_the_same_everywhere(const IpAddress& address) {
  static const std::vector<Cidr> kLocal = [] {
    std::vector<Cidr> ranges;
    for (const char* text : {"10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7", "fe80::/10"}) ranges.push_back(*Cidr::parse(text));
    return ranges;
  }();
  return address.can_be_subject() && std::none_of(kLocal.begin(), kLocal.end(), [&](const Cidr& range) { return range.contains(address); });
}

std::string address_type(const IpAddress& address) { return address.is_v4() ? "ipv4-addr" : "ipv6-addr"; }

// An end of a pool that breaches were seen at.
struct PoolEnd {
  std::string name, pattern;
  Timestamp first, last;
  unsigned confidence = 0;
};

class Writer {
 public:
  Writer() {
    identity_ = own_id("identity", "aupscan");
    objects_.push_back({{"type", "identity"}, {"spec_version", "2.1"}, {"id", identity_}, {"created", time_text(kIdentityMade)}, {"modified", time_text(kIdentityMade)}, {"name", "aupscan"}, {"identity_class", "system"}});
    objects_.push_back({{"type", "marking-definition"}, {"spec_version", "2.1"}, {"id", kAmber}, {"created", "2017-01-20T00:00:00.000Z"}, {"definition_type", "tlp"}, {"name", "TLP:AMBER"}, {"definition", {{"tlp", "amber"}}}});
  }

  // False where there is nothing that STIX could name.
  bool add(const BreachEvent& event);
  void note(std::uint64_t left_out);
  std::string finish();

 private:
  // With a UUIDv5 over the contributing properties in canonical form (RFC 8785).
  std::string observable(const std::string& type, const nlohmann::json& contributing) {
    return put_observable(type, type + "--" + uuid5(kObservableSpace, contributing.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)), contributing);
  }
  std::string put_observable(const std::string& type, const std::string& id, const nlohmann::json& properties) {
    if (!ids_.insert(id).second) return id;
    Json object{{"type", type}, {"spec_version", "2.1"}, {"id", id}};
    for (const auto& [key, value] : properties.items()) object[key] = value;
    objects_.push_back(std::move(object));
    return id;
  }
  std::string address(const IpAddress& address) { return observable(address_type(address), {{"value", address.to_string()}}); }
  std::string traffic(const Finding& finding);
  std::string process(const BreachEvent& event, const ProcessStarted& process);
  Json made_by_us(const std::string& type, const std::string& id, Timestamp created, Timestamp modified) const;
  void sighting(const BreachEvent& event, const std::string& observed, const PoolEnd& end);
  std::vector<PoolEnd> pool_ends(const BreachEvent& event) const;

  std::string identity_;
  std::vector<Json> objects_;
  std::set<std::string> ids_;
  std::map<std::string, PoolEnd> pools_;  // by indicator
};

// No end and no extensions: drafts and the standard differ in whether they contribute, so
// without them every reader computes the same id.
std::string Writer::traffic(const Finding& finding) {
  const auto& [source, destination, protocol] = finding.flow->tuple;
  nlohmann::json properties{{"start", time_text(finding.first_seen)}, {"src_ref", address(source.address)}, {"dst_ref", address(destination.address)}};
  properties["protocols"] = nlohmann::json::array({source.address.is_v4() ? "ipv4" : "ipv6", to_string(protocol)});
  if (protocol == IpProtocol::Tcp || protocol == IpProtocol::Udp || protocol == IpProtocol::Sctp) {
    properties["src_port"] = source.port;
    properties["dst_port"] = destination.port;
  }
  return observable("network-traffic", properties);
}

// A process has no contributing properties: its UUID is of version 4, though made of a hash.
std::string Writer::process(const BreachEvent& event, const ProcessStarted& process) {
  nlohmann::json properties{{"pid", process.id.pid}, {"command_line", command_line(process)}, {"created_time", time_text(Timestamp{process.id.start_ns})}};
  if (!process.sha256.empty()) properties["image_ref"] = observable("file", {{"hashes", {{"SHA-256", process.sha256}}}, {"name", process.comm}});
  const std::string name = event.subject.id + "\n" + process.id.boot + "\n" + std::to_string(process.id.pid) + "\n" + std::to_string(process.id.start_ns);
  return put_observable("process", "process--" + uuid_text(sha256(as_bytes(name)), 4), properties);
}

Json Writer::made_by_us(const std::string& type, const std::string& id, Timestamp created, Timestamp modified) const {
  return {{"type", type},       {"spec_version", "2.1"}, {"id", id}, {"created_by_ref", identity_}, {"created", time_text(std::min(created, modified))}, {"modified", time_text(modified)},
          {"object_marking_refs", Json::array({kAmber})}};
}

// Far ends of flows on which work was delivered, and their names.
std::vector<PoolEnd> Writer::pool_ends(const BreachEvent& event) const {
  std::vector<PoolEnd> ends;
  if (!is_alert(event) || event.activity != "mining.pool") return ends;
  const unsigned confidence = confidence_percent(event);
  for (const Finding& finding : event.findings) {
    if (!finding.flow || finding.stage < Stage::Session || finding.stage > Stage::Proof) continue;
    const auto& [source, destination, protocol] = finding.flow->tuple;
    const Endpoint& far = source.address == event.subject.address ? destination : source;
    if (!means_the_same_everywhere(far.address)) continue;
    const std::string value = far.address.to_string();
    ends.push_back({far.to_string(), "[network-traffic:dst_ref.type = '" + address_type(far.address) + "' AND network-traffic:dst_ref.value = '" + value + "' AND network-traffic:dst_port = " + std::to_string(far.port) + "]",
                    finding.first_seen, finding.last_seen, confidence});
  }
  if (!ends.empty())
    for (const std::string& host : hosts_of(event)) ends.push_back({host, "[domain-name:value = '" + host + "']", event.first_seen, event.last_seen, confidence});
  return ends;
}

void Writer::sighting(const BreachEvent& event, const std::string& observed, const PoolEnd& end) {
  const std::string indicator = own_id("indicator", end.pattern);
  const auto [place, fresh] = pools_.try_emplace(indicator, end);
  PoolEnd& known = place->second;
  known = {known.name, known.pattern, std::min(known.first, end.first), std::max(known.last, end.last), std::max(known.confidence, end.confidence)};
  const std::string id = own_id("sighting", event.incident + "\n" + end.pattern);
  if (!ids_.insert(id).second) return;
  Json json = made_by_us("sighting", id, event.first_seen, event.time);
  json["first_seen"] = time_text(end.first);
  json["last_seen"] = time_text(end.last);
  json["count"] = 1;
  json["sighting_of_ref"] = indicator;
  json["observed_data_refs"] = Json::array({observed});
  json["where_sighted_refs"] = Json::array({identity_});
  objects_.push_back(std::move(json));
}

bool Writer::add(const BreachEvent& event) {
  std::vector<std::string> refs;
  const auto refer = [&refs](std::string id) {
    if (std::find(refs.begin(), refs.end(), id) == refs.end()) refs.push_back(std::move(id));
  };
  if (event.subject.address != IpAddress{}) refer(address(event.subject.address));
  for (const Finding& finding : event.findings) {
    if (finding.flow) refer(traffic(finding));
    if (finding.process) refer(process(event, *finding.process));
  }
  for (const std::string& host : hosts_of(event)) refer(observable("domain-name", {{"value", host}}));
  if (refs.empty()) return false;
  const std::string id = own_id("observed-data", event.incident);
  Json json = made_by_us("observed-data", id, event.first_seen, event.time);
  json["first_observed"] = time_text(event.first_seen);
  json["last_observed"] = time_text(event.last_seen);
  json["number_observed"] = std::clamp<std::uint64_t>(event.observations, 1, kMaxCount);
  json["object_refs"] = refs;
  json["confidence"] = confidence_percent(event);
  json["labels"] = {event.activity, to_string(event.stage), kind_of(event)};
  json["external_references"] = Json::array({{{"source_name", "aupscan"}, {"external_id", event.id}, {"description", sentence(event)}}});
  objects_.push_back(std::move(json));
  for (const PoolEnd& end : pool_ends(event)) sighting(event, id, end);
  return true;
}

void Writer::note(std::uint64_t left_out) {
  if (left_out == 0) return;
  Json json = made_by_us("note", own_id("note", "left out"), kIdentityMade, kIdentityMade);
  json["content"] = std::to_string(left_out) + " incidents are not in this bundle: there was no room for them, or nothing of them that STIX names";
  json["object_refs"] = Json::array({identity_});
  objects_.push_back(std::move(json));
}

std::string Writer::finish() {
  for (const auto& [id, end] : pools_) {
    Json json = made_by_us("indicator", id, end.first, end.last);
    json["name"] = "mining pool " + end.name;
    json["indicator_types"] = Json::array({"anomalous-activity"});
    json["pattern"] = end.pattern;
    json["pattern_type"] = "stix";
    json["pattern_version"] = "2.1";
    json["valid_from"] = time_text(end.first);
    json["valid_until"] = time_text(end.last + kIndicatorLives);
    json["confidence"] = end.confidence;
    objects_.push_back(std::move(json));
  }
  std::string contents;
  for (const Json& object : objects_) contents += object["id"].get<std::string>() + object.value("modified", "") + "\n";
  const Json bundle{{"type", "bundle"}, {"id", own_id("bundle", contents)}, {"objects", objects_}};
  return bundle.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string uuid5(std::string_view space, std::string_view name) {
  std::string text;
  std::string digits(space);
  std::erase(digits, '-');
  for (std::size_t at = 0; at + 1 < digits.size(); at += 2) text.push_back(static_cast<char>(std::stoi(digits.substr(at, 2), nullptr, 16)));
  text += name;
  return uuid_text(sha1(as_bytes(text)), 5);
}

std::string StixBundle::event(const BreachEvent& event, const JsonFrame&) {
  if (!event.merged_into.empty()) {
    by_incident_.erase(event.incident);
    return "";
  }
  if (by_incident_.size() >= kMaxIncidents && !by_incident_.contains(event.incident)) {
    if (event.revision <= 1) ++left_out_;
    return "";
  }
  BreachEvent& kept = by_incident_[event.incident] = event;
  // Highest first: what is cut is the least.
  if (kept.findings.size() > kMaxEvidence) kept.findings.resize(kMaxEvidence);
  for (Finding& finding : kept.findings) finding.matches.clear();
  return "";
}

std::string StixBundle::end() {
  Writer writer;
  for (const auto& [incident, event] : by_incident_)
    if (!writer.add(event)) ++left_out_;
  writer.note(left_out_);
  return writer.finish() + "\n";
}

}  // namespace scanner

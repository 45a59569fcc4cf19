#include "scanner/io/recorded_attribution.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace scanner {
namespace {

constexpr std::size_t kMaxName = 256, kMaxText = 4096, kMaxLabels = 64, kMaxAddresses = 64;

constexpr std::array kTexts{AttributedBy::Container, AttributedBy::ContainerName, AttributedBy::ContainerLabel,
                            AttributedBy::ContainerImage, AttributedBy::Cgroup, AttributedBy::Unit,
                            AttributedBy::Interface};
constexpr std::array kNumbers{AttributedBy::Uid, AttributedBy::NetworkNamespace, AttributedBy::Vlan, AttributedBy::Vni};

std::string key_of(AttributedBy by) { return std::string(to_string(by)); }

void read_address(JsonFields& fields, const std::string& text, Attributed& attributed) {
  const auto range = Cidr::parse(text);
  if (!range) fields.refuse("\"address\" is no address and no range of addresses");
  attributed.by = AttributedBy::Address;
  attributed.addresses = range.value_or(Cidr{});
}

void read_numbers(JsonFields& fields, AttributedBy by, Attributed& attributed) {
  const std::string key = key_of(by), last = key + "_to";
  attributed.by = by;
  attributed.from = static_cast<std::uint64_t>(fields.integer(key.c_str(), 0, INT64_MAX).value_or(0));
  attributed.to = static_cast<std::uint64_t>(fields.integer(last.c_str(), 0, INT64_MAX).value_or(static_cast<std::int64_t>(attributed.from)));
  if (attributed.to < attributed.from) fields.refuse("\"" + last + "\" is below \"" + key + "\"");
}

// By what: exactly one of the keys.
void read_thing(JsonFields& fields, const RecordingHeader& header, Attributed& attributed) {
  int things = 0;
  if (const auto text = fields.text("address", kMaxName)) {
    ++things;
    read_address(fields, *text, attributed);
  }
  for (const AttributedBy by : kTexts)
    if (const auto text = fields.text(key_of(by).c_str(), kMaxText)) {
      ++things;
      attributed.by = by;
      attributed.text = *text;
      if (text->empty()) fields.refuse("\"" + key_of(by) + "\" is empty");
    }
  for (const AttributedBy by : kNumbers)
    if (fields.integer(key_of(by).c_str(), 0, INT64_MAX)) {
      ++things;
      read_numbers(fields, by, attributed);
    }
  if (fields.integer("pid", 1, INT32_MAX)) {
    ++things;
    attributed.by = AttributedBy::Process;
    attributed.process.boot = fields.text("boot", kMaxName).value_or(header.boot);
    attributed.process.pid = static_cast<std::int32_t>(fields.required_integer("pid", 1, INT32_MAX));
    attributed.process.start_ns = fields.required_time("start").ns;
  }
  if (things != 1) fields.refuse("it does not name exactly one thing that is attributed (address, container, cgroup, pid …)");
}

Timestamp optional_time(JsonFields& fields, const char* key) {
  return fields.text(key, kMaxName) ? fields.required_time(key) : Timestamp{};
}

void put(nlohmann::ordered_json& json, const std::string& key, const std::string& text) {
  if (!text.empty()) json[key] = json_text(text);
}

void write_thing(nlohmann::ordered_json& json, const Attributed& attributed, const RecordingHeader& header) {
  const std::string key = key_of(attributed.by);
  switch (attributed.by) {
    case AttributedBy::Address:
      json["address"] = attributed.addresses.is_single() ? attributed.addresses.network().to_string() : Cidr(attributed.addresses).to_string();
      break;
    case AttributedBy::Process:
      json["pid"] = attributed.process.pid;
      json["start"] = to_rfc3339(Timestamp{attributed.process.start_ns});
      if (attributed.process.boot != header.boot) json["boot"] = json_text(attributed.process.boot);
      break;
    case AttributedBy::Uid:
    case AttributedBy::NetworkNamespace:
    case AttributedBy::Vlan:
    case AttributedBy::Vni:
      json[key] = attributed.from;
      if (attributed.to > attributed.from) json[key + "_to"] = attributed.to;
      break;
    default: put(json, key, attributed.text); break;
  }
}

}  // namespace

Attributed read_attributed(JsonFields& fields, const RecordingHeader& header) {
  Attributed attributed;
  read_thing(fields, header, attributed);
  attributed.tenant = fields.text("tenant", kMaxName).value_or("");
  attributed.instance = fields.text("instance", kMaxName).value_or("");
  attributed.method = fields.text("method", kMaxName).value_or("recording");
  attributed.proof = fields.text("proof", kMaxText).value_or("");
  attributed.valid_from = optional_time(fields, "valid_from");
  attributed.valid_until = optional_time(fields, "valid_until");
  attributed.shared = fields.boolean("shared").value_or(false);
  attributed.released = fields.boolean("released").value_or(false);
  if (attributed.shared && attributed.by != AttributedBy::Address) fields.refuse("\"shared\" is for addresses alone");
  if (attributed.tenant.empty() && !attributed.shared && !attributed.released) fields.refuse("\"tenant\" is missing or empty");
  if (attributed.method.empty()) fields.refuse("\"method\" is empty");
  return attributed;
}

ContainerSeen read_container(JsonFields& fields) {
  ContainerSeen container;
  container.id = fields.text("id", kMaxName).value_or("");
  if (container.id.empty()) fields.refuse("\"id\" is missing or empty");
  container.engine = fields.text("engine", kMaxName).value_or("");
  container.name = fields.text("name", kMaxName).value_or("");
  container.image = fields.text("image", kMaxText).value_or("");
  for (const std::string& text : fields.texts("labels")) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) fields.refuse("\"labels\" holds something that is no key=value");
    if (equals == std::string::npos || container.labels.size() == kMaxLabels) break;
    container.labels.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  for (const std::string& text : fields.texts("addresses")) {
    const auto address = IpAddress::parse(text);
    if (!address) fields.refuse("\"addresses\" holds something that is no address");
    if (!address || container.addresses.size() == kMaxAddresses) break;
    container.addresses.push_back(*address);
  }
  container.removed = fields.boolean("removed").value_or(false);
  return container;
}

void write_attributed(nlohmann::ordered_json& json, const Attributed& attributed, const RecordingHeader& header) {
  write_thing(json, attributed, header);
  put(json, "tenant", attributed.tenant);
  put(json, "instance", attributed.instance);
  put(json, "method", attributed.method);
  put(json, "proof", attributed.proof);
  if (attributed.valid_from.ns != 0) json["valid_from"] = to_rfc3339(attributed.valid_from);
  if (attributed.valid_until.ns != 0) json["valid_until"] = to_rfc3339(attributed.valid_until);
  if (attributed.shared) json["shared"] = true;
  if (attributed.released) json["released"] = true;
}

void write_container(nlohmann::ordered_json& json, const ContainerSeen& container) {
  put(json, "id", container.id);
  put(json, "engine", container.engine);
  put(json, "name", container.name);
  put(json, "image", container.image);
  for (const auto& [key, value] : container.labels) json["labels"].push_back(json_text(std::string(key).append("=").append(value)));
  for (const IpAddress& address : container.addresses) json["addresses"].push_back(address.to_string());
  if (container.removed) json["removed"] = true;
}

}  // namespace scanner

#include "scanner/io/recording_line.h"

#include "scanner/io/json_fields.h"
#include "scanner/io/recorded_attribution.h"
#include "scanner/io/record_parser.h"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

namespace scanner {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFormat = "aupscan-recording";
constexpr double kMaxWindowSeconds = 86400;
constexpr double kMaxCores = 65536;
constexpr std::size_t kMaxName = 256;   // boot, tenant, container …: names, not texts
constexpr std::size_t kMaxPath = 4096;  // as the kernel has it
constexpr double kNsPerSecond = 1e9;

ProcessId read_process(JsonFields& fields, const RecordingHeader& header) {
  ProcessId id;
  id.boot = fields.text("boot", kMaxName).value_or(header.boot);
  id.pid = static_cast<std::int32_t>(fields.required_integer("pid", 1, INT32_MAX));
  id.start_ns = fields.required_time("start").ns;
  return id;
}

// "NAME=value" each.
std::vector<std::pair<std::string, std::string>> read_environment(JsonFields& fields) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& text : fields.texts("environment")) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) fields.refuse("\"environment\" holds something that is no NAME=value");
    if (equals == std::string::npos) break;
    pairs.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return pairs;
}

std::uint64_t read_count(JsonFields& fields, const char* key) {
  return static_cast<std::uint64_t>(fields.integer(key, 0, INT64_MAX).value_or(0));
}

ProcessStarted read_started(JsonFields& fields, const RecordingHeader& header) {
  ProcessStarted started;
  started.id = read_process(fields, header);
  started.parent_pid = static_cast<std::int32_t>(fields.integer("parent_pid", 0, INT32_MAX).value_or(0));
  started.executable = fields.text("executable", kMaxPath).value_or("");
  started.arguments = fields.texts("arguments");
  started.environment_keys = fields.texts("environment_keys");
  started.environment = read_environment(fields);
  started.comm = fields.text("comm", kMaxName).value_or("");
  started.cwd = fields.text("cwd", kMaxPath).value_or("");
  started.cgroup = fields.text("cgroup", kMaxPath).value_or("");
  started.container = fields.text("container", kMaxName).value_or("");
  started.sha256 = fields.sha256("sha256").value_or("");
  started.image_kind = fields.text("image_kind", kMaxName).value_or("");
  started.script = fields.text("script", kMaxPath).value_or("");
  started.packer = fields.text("packer", kMaxName).value_or("");
  started.image_strings = fields.texts("image_strings");
  started.unknown = fields.texts("unknown");
  started.uid = static_cast<std::uint32_t>(fields.integer("uid", 0, UINT32_MAX).value_or(0));
  started.gid = static_cast<std::uint32_t>(fields.integer("gid", 0, UINT32_MAX).value_or(0));
  started.session = static_cast<std::int32_t>(fields.integer("session", 0, INT32_MAX).value_or(0));
  started.network_namespace = read_count(fields, "network_namespace");
  started.pid_namespace = read_count(fields, "pid_namespace");
  started.terminal = fields.boolean("terminal").value_or(false);
  started.arguments_cut = fields.boolean("arguments_cut").value_or(false);
  started.deleted = fields.boolean("deleted").value_or(false);
  started.memfd = fields.boolean("memfd").value_or(false);
  return started;
}

ImageFacts read_image_facts(JsonFields& fields, const RecordingHeader& header) {
  ImageFacts facts;
  facts.id = read_process(fields, header);
  facts.sha256 = fields.sha256("sha256").value_or("");
  facts.image_kind = fields.text("image_kind", kMaxName).value_or("");
  facts.packer = fields.text("packer", kMaxName).value_or("");
  facts.image_strings = fields.texts("image_strings");
  return facts;
}

SocketOwned read_socket(JsonFields& fields, const RecordingHeader& header) {
  constexpr std::array kProtocols{IpProtocol::Tcp, IpProtocol::Udp, IpProtocol::Sctp};
  SocketOwned owned;
  owned.id = read_process(fields, header);
  owned.local = fields.required_endpoint("local");
  owned.remote = fields.required_endpoint("remote");
  owned.network_namespace = read_count(fields, "network_namespace");
  owned.accepted = fields.boolean("accepted").value_or(false);
  const std::string name = fields.text("protocol", kMaxName).value_or("tcp");
  for (const IpProtocol protocol : kProtocols)
    if (name == to_string(protocol)) {
      owned.protocol = protocol;
      return owned;
    }
  fields.refuse("\"protocol\" is none of tcp, udp and sctp");
  return owned;
}

Duration read_window(JsonFields& fields) {
  const double seconds = fields.required_number("window_seconds", 0, kMaxWindowSeconds);
  const Duration window(std::llround(seconds * kNsPerSecond));
  if (window <= Duration::zero()) fields.refuse("\"window_seconds\" is not above zero");
  return window;
}

UsageSample read_usage(JsonFields& fields, const RecordingHeader& header) {
  UsageSample usage;
  usage.id = read_process(fields, header);
  usage.window = read_window(fields);
  usage.cpu_cores = fields.required_number("cpu_cores", 0, kMaxCores);
  usage.resident_bytes = read_count(fields, "resident_bytes");
  usage.huge_page_bytes = read_count(fields, "huge_page_bytes");
  return usage;
}

CgroupUsage read_cgroup_usage(JsonFields& fields) {
  CgroupUsage usage;
  usage.cgroup = fields.text("cgroup", kMaxPath).value_or("");
  if (usage.cgroup.empty()) fields.refuse("\"cgroup\" is missing or empty");
  usage.window = read_window(fields);
  usage.cpu_cores = fields.required_number("cpu_cores", 0, kMaxCores);
  usage.resident_bytes = read_count(fields, "resident_bytes");
  return usage;
}

// False where nobody knows the kind.
bool read_kind(std::string_view kind, JsonFields& fields, const RecordingHeader& header, RecordedLine& line) {
  if (kind == "process_started") {
    line.record.what = read_started(fields, header);
  } else if (kind == "image_facts") {
    line.record.what = read_image_facts(fields, header);
  } else if (kind == "process_exited") {
    line.record.what = ProcessExited{read_process(fields, header)};
  } else if (kind == "socket_owned") {
    line.record.what = read_socket(fields, header);
  } else if (kind == "usage") {
    line.record.what = read_usage(fields, header);
  } else if (kind == "cgroup_usage") {
    line.record.what = read_cgroup_usage(fields);
  } else if (kind == "attributed") {
    line.record.what = read_attributed(fields, header);
  } else if (kind == "container") {
    line.record.what = read_container(fields);
  } else if (kind == "tick" || kind == "end") {
    line.kind = EventKind::Tick;
  } else if (kind == "packets") {
    line.outcome = RecordedLine::Outcome::Place;
    line.place.events = static_cast<std::uint64_t>(fields.required_integer("before", 0, INT64_MAX));
    line.place.last_packet = line.record.at;
  } else if (kind == "loss") {
    line.kind = EventKind::Loss;
    line.lost = static_cast<std::uint64_t>(fields.required_integer("lost", 0, INT64_MAX));
  } else {
    return false;
  }
  return true;
}

RecordedLine damaged(std::string problem) {
  RecordedLine line;
  line.outcome = RecordedLine::Outcome::Damaged;
  line.problem = std::move(problem);
  return line;
}

void put(Json& json, const char* key, const std::string& text) {
  if (!text.empty()) json[key] = json_text(text);
}

void put(Json& json, const char* key, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  Json& array = json[key] = Json::array();
  for (const std::string& text : texts) array.push_back(json_text(text));
}

void put(Json& json, const char* key, std::uint64_t number) {
  if (number != 0) json[key] = number;
}

void put(Json& json, const char* key, const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::vector<std::string> texts;
  texts.reserve(pairs.size());
  for (const auto& [name, value] : pairs) texts.emplace_back(name).append("=").append(value);
  put(json, key, texts);
}

void put_window(Json& json, Duration window, double cpu_cores, std::uint64_t resident_bytes) {
  json["window_seconds"] = static_cast<double>(window.count()) / kNsPerSecond;
  json["cpu_cores"] = cpu_cores;
  put(json, "resident_bytes", resident_bytes);
}

void put(Json& json, const ProcessId& id, const RecordingHeader& header) {
  json["pid"] = id.pid;
  json["start"] = to_rfc3339(Timestamp{id.start_ns});
  // Said wherever the header's would be read instead, so also where it is empty.
  if (id.boot != header.boot) json["boot"] = json_text(id.boot);
}

struct Writing {
  Json& json;
  const RecordingHeader& header;

  void operator()(const ProcessStarted& started) {
    json["kind"] = "process_started";
    put(json, started.id, header);
    if (started.parent_pid != 0) json["parent_pid"] = started.parent_pid;
    put(json, "executable", started.executable);
    put(json, "arguments", started.arguments);
    put(json, "environment_keys", started.environment_keys);
    put(json, "environment", started.environment);
    put(json, "comm", started.comm);
    put(json, "cwd", started.cwd);
    put(json, "cgroup", started.cgroup);
    put(json, "container", started.container);
    put(json, "sha256", started.sha256);
    put(json, "image_kind", started.image_kind);
    put(json, "script", started.script);
    put(json, "packer", started.packer);
    put(json, "image_strings", started.image_strings);
    put(json, "unknown", started.unknown);
    put(json, "uid", std::uint64_t{started.uid});
    put(json, "gid", std::uint64_t{started.gid});
    if (started.session != 0) json["session"] = started.session;
    put(json, "network_namespace", started.network_namespace);
    put(json, "pid_namespace", started.pid_namespace);
    if (started.terminal) json["terminal"] = true;
    if (started.arguments_cut) json["arguments_cut"] = true;
    if (started.deleted) json["deleted"] = true;
    if (started.memfd) json["memfd"] = true;
  }
  void operator()(const ImageFacts& facts) {
    json["kind"] = "image_facts";
    put(json, facts.id, header);
    put(json, "sha256", facts.sha256);
    put(json, "image_kind", facts.image_kind);
    put(json, "packer", facts.packer);
    put(json, "image_strings", facts.image_strings);
  }
  void operator()(const ProcessExited& exited) {
    json["kind"] = "process_exited";
    put(json, exited.id, header);
  }
  void operator()(const SocketOwned& owned) {
    json["kind"] = "socket_owned";
    put(json, owned.id, header);
    json["local"] = owned.local.to_string();
    json["remote"] = owned.remote.to_string();
    json["protocol"] = std::string(to_string(owned.protocol));
    put(json, "network_namespace", owned.network_namespace);
    if (owned.accepted) json["accepted"] = true;
  }
  void operator()(const UsageSample& usage) {
    json["kind"] = "usage";
    put(json, usage.id, header);
    put_window(json, usage.window, usage.cpu_cores, usage.resident_bytes);
    put(json, "huge_page_bytes", usage.huge_page_bytes);
  }
  void operator()(const CgroupUsage& usage) {
    json["kind"] = "cgroup_usage";
    put(json, "cgroup", usage.cgroup);
    put_window(json, usage.window, usage.cpu_cores, usage.resident_bytes);
  }
  void operator()(const Attributed& attributed) {
    json["kind"] = "attributed";
    write_attributed(json, attributed, header);
  }
  void operator()(const ContainerSeen& container) {
    json["kind"] = "container";
    write_container(json, container);
  }
};

}  // namespace

RecordedLine read_recorded_line(std::string_view text, const RecordingHeader& header) {
  const auto json = read_json_object(text);
  if (!json) return damaged(json.error().message);
  JsonFields fields(*json);
  RecordedLine line;
  const std::string kind = fields.text("kind", kMaxName).value_or("");
  if (kind.empty()) fields.refuse("\"kind\" is missing");
  line.record.at = fields.required_time("at");
  if (!kind.empty() && !read_kind(kind, fields, header, line)) {
    line.outcome = RecordedLine::Outcome::UnknownKind;
    line.problem = for_message(kind);
    return line;
  }
  if (!fields.problem().empty()) return damaged(fields.problem());
  line.unknown_keys = fields.unread(RecordedLine::kMaxUnknownKeys);
  return line;
}

std::string read_recording_header(std::string_view text, RecordingHeader& header) {
  const auto json = read_json_object(text);
  if (!json) return "the first line " + json.error().message;
  JsonFields fields(*json);
  if (fields.text("format", kMaxName).value_or("") != kFormat)
    return "the first line does not say \"format\": \"" + std::string(kFormat) + "\"";
  const std::int64_t version = fields.required_integer("version", 1, INT32_MAX);
  header.boot = fields.text("boot", kMaxName).value_or("");
  header.made_by = fields.text("made_by", kMaxName).value_or("");
  header.counts_packets = fields.boolean("counts_packets").value_or(false);
  if (!fields.problem().empty()) return "in the first line " + fields.problem();
  if (version > RecordingHeader::kVersion)
    return "its format has version " + std::to_string(version) + ", this program reads " +
           std::to_string(RecordingHeader::kVersion);
  return "";
}

std::string to_recorded_line(const HostRecord& record, const RecordingHeader& header) {
  Json json;
  json["at"] = to_rfc3339(record.at);
  std::visit(Writing{json, header}, record.what);
  return json.dump();
}

std::string to_recorded_line(EventKind kind, Timestamp at, std::uint64_t lost) {
  Json json;
  json["at"] = to_rfc3339(at);
  json["kind"] = kind == EventKind::Loss ? "loss" : kind == EventKind::End ? "end" : "tick";
  if (kind == EventKind::Loss) json["lost"] = lost;
  return json.dump();
}

std::string to_recorded_line(const RecordPlace& place) {
  Json json;
  json["at"] = to_rfc3339(place.last_packet);
  json["kind"] = "packets";
  json["before"] = place.events;
  return json.dump();
}

std::string to_recorded_line(const RecordingHeader& header) {
  Json json;
  json["format"] = std::string(kFormat);
  json["version"] = RecordingHeader::kVersion;
  put(json, "boot", header.boot);
  put(json, "made_by", header.made_by);
  if (header.counts_packets) json["counts_packets"] = true;
  return json.dump();
}

}  // namespace scanner

#include "scanner/engine/format/event_facts.h"

#include "scanner/model/utf8.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

namespace scanner {
namespace {

constexpr Technique kNone{};
constexpr Technique kCompute{"TA0040", "Impact", "T1496", "Resource Hijacking", "T1496.001", "Compute Hijacking"};

// Operating a pool or a coin's node hijacks nothing, mail in bulk need not be phishing, and
// who suffers an attack uses no technique: there is none for them.
constexpr std::array<ActivityFacts, 16> kActivities{{
    {"mining.pool", 1, "takes part in a mining pool", kCompute},
    {"mining.solo", 2, "mines on its own with work from a coin node", kCompute},
    {"mining.web", 3, "serves or runs a browser miner", kCompute},
    {"mining.software", 4, "runs mining software", kCompute},
    {"pool.operation", 5, "operates a mining pool or a pool proxy", kNone},
    {"coin.node", 6, "runs a coin's peer-to-peer node", kNone},
    {"abuse.scan", 7, "scans others' addresses or ports", {"TA0043", "Reconnaissance", "T1595", "Active Scanning", "", ""}},
    {"abuse.bruteforce", 8, "guesses others' credentials", {"TA0006", "Credential Access", "T1110", "Brute Force", "", ""}},
    {"abuse.flood", 9, "floods others' systems", {"TA0040", "Impact", "T1498", "Network Denial of Service", "T1498.001", "Direct Network Flood"}},
    {"abuse.amplification", 10, "takes part in amplification", {"TA0040", "Impact", "T1498", "Network Denial of Service", "T1498.002", "Reflection Amplification"}},
    {"abuse.spam", 11, "sends unsolicited mail in bulk", kNone},
    {"abuse.tunnel", 12, "runs a covert tunnel", {"TA0011", "Command and Control", "T1572", "Protocol Tunneling", "", ""}},
    {"abuse.relay", 13, "relays abusive traffic", {"TA0011", "Command and Control", "T1090", "Proxy", "", ""}},
    {"abuse.resource", 14, "uses compute abnormally", {"TA0040", "Impact", "T1496", "Resource Hijacking", "", ""}},
    {"harm.suffered", 15, "suffers an attack", kNone},
    {"", 0, "does what no list names", kNone},
}};

void add_once(std::vector<std::string>& list, std::string text) {
  if (!text.empty() && std::find(list.begin(), list.end(), text) == list.end()) list.push_back(std::move(text));
}

bool host_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_'; }

}  // namespace

const ActivityFacts& facts_of(std::string_view activity) {
  const auto found = std::find_if(kActivities.begin(), kActivities.end() - 1, [&](const ActivityFacts& facts) { return facts.activity == activity; });
  return *found;
}

Change change_of(const BreachEvent& event) {
  if (!event.merged_into.empty()) return Change::Merged;
  if (event.state == "closed") return Change::Closed;
  return event.revision <= 1 ? Change::Opened : Change::Updated;
}

std::string_view to_string(Change change) {
  switch (change) {
    case Change::Opened: return "opened";
    case Change::Updated: return "updated";
    case Change::Closed: return "closed";
    case Change::Merged: return "merged";
  }
  return "";
}

std::string_view kind_of(const BreachEvent& event) {
  switch (event.type) {
    case EventType::Breach: return "breach";
    case EventType::Indicator: return "indicator";
    case EventType::Permitted: return "permitted";
  }
  return "";
}

bool is_rehearsal(const BreachEvent& event) { return event.mode == "shadow" || event.mode == "test"; }
bool is_alert(const BreachEvent& event) { return event.type == EventType::Breach && !is_rehearsal(event); }

unsigned severity_rank(const BreachEvent& event) {
  constexpr std::array<std::string_view, 4> kRising{"low", "medium", "high", "critical"};
  const auto* const found = std::find(kRising.begin(), kRising.end(), event.severity);
  return found == kRising.end() ? 1 : static_cast<unsigned>(found - kRising.begin()) + 2;
}

unsigned confidence_percent(const BreachEvent& event) {
  if (!(event.confidence > 0)) return 0;
  return static_cast<unsigned>(std::lround(std::min(event.confidence, 1.0) * 100));
}

std::string headline(const BreachEvent& event) { return event.activity + " at " + std::string(to_string(event.stage)); }

std::string sentence(const BreachEvent& event) {
  std::string text = event.subject.id + " " + std::string(facts_of(event.activity).conduct);
  if (!event.mining.empty()) {
    const MiningSummary& mining = event.mining.front();
    if (!mining.coin.empty()) text += " (" + mining.coin + ")";
    if (!mining.pool.empty()) text += " at " + mining.pool;
  }
  if (event.type == EventType::Indicator) text += ", as far as an indicator can tell";
  if (!event.findings.empty() && !event.findings.front().reason.empty()) text += ": " + event.findings.front().reason;
  if (!event.merged_into.empty()) text += "; now part of incident " + event.merged_into;
  return text;
}

std::string policy_text(const BreachEvent& event) {
  return "clause " + event.clause + ", item " + event.item + ", edition " + event.declaration_version;
}

const Finding* decisive_flow(const BreachEvent& event) {
  for (const Finding& finding : event.findings)
    if (finding.flow) return &finding;
  return nullptr;
}

const Finding* decisive_process(const BreachEvent& event) {
  for (const Finding& finding : event.findings)
    if (finding.process) return &finding;
  return nullptr;
}

std::vector<std::string> addresses_of(const BreachEvent& event) {
  std::vector<std::string> addresses;
  if (event.subject.address != IpAddress{}) addresses.push_back(event.subject.address.to_string());
  for (const Finding& finding : event.findings) {
    if (!finding.flow) continue;
    add_once(addresses, finding.flow->tuple.source.address.to_string());
    add_once(addresses, finding.flow->tuple.destination.address.to_string());
  }
  return addresses;
}

std::vector<std::string> hosts_of(const BreachEvent& event) {
  std::vector<std::string> hosts;
  for (const MiningSummary& mining : event.mining) add_once(hosts, host_in(mining.pool));
  return hosts;
}

std::string host_in(std::string_view pool) {
  const std::size_t colon = pool.find(':');
  std::string host(pool.substr(0, colon));
  if (host.size() > 253 || IpAddress::parse(host)) return "";
  std::size_t label = 0, labels = 0;
  for (const char c : host + ".") {
    if (c == '.') {
      if (label == 0 || label > 63) return "";
      ++labels;
      label = 0;
    } else if (host_character(c)) {
      ++label;
    } else {
      return "";
    }
  }
  return labels >= 2 ? host : "";
}

std::string command_line(const ProcessStarted& process) {
  std::string line;
  for (const std::string& argument : process.arguments) line += (line.empty() ? "" : " ") + argument;
  return line;
}

std::int64_t milliseconds(Timestamp at) { return at.ns / 1'000'000; }

std::string own_data(const BreachEvent& event, const JsonFrame& frame) {
  nlohmann::ordered_json data = nlohmann::ordered_json::parse(to_json(event, frame))["data"];
  for (const char* key : {"findings", "window", "severity", "confidence", "subject"}) data.erase(key);
  return data.dump();
}

std::string clean_text(std::string_view text, std::size_t limit) {
  std::string out;
  while (!text.empty()) {
    const CodePoint c = decode_one(text);
    const bool kept = c.value != 0xfffd && is_printable(c.value);
    if (out.size() + (kept ? c.length : 1) > limit) break;
    if (kept)
      out.append(text.substr(0, c.length));
    else
      out.push_back('?');
    text.remove_prefix(c.length);
  }
  return out;
}

}  // namespace scanner

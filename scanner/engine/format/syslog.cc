#include "scanner/engine/format/syslog.h"

#include "scanner/engine/format/event_facts.h"
#include "scanner/model/digest.h"
#include "scanner/model/utf8.h"

#include <array>
#include <cmath>

namespace scanner {
namespace {

// 32473 is the enterprise number that RFC 5612 sets aside for examples: this project has
// none of its own.
constexpr std::string_view kOwnData = "aupscan@32473";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Informational, informational, notice, warning, error, critical.
int priority_of(const BreachEvent& event) {
  constexpr int kSecurity = 10;
  constexpr std::array<int, 6> kSeverity{6, 6, 5, 4, 3, 2};
  return kSecurity * 8 + kSeverity[is_rehearsal(event) ? 1 : severity_rank(event)];
}

// At most six digits of a second (§6.2.3.1).
std::string timestamp(Timestamp at) {
  const std::string text = to_rfc3339(at);
  return text.substr(0, text.find('.') + 7) + "Z";
}

// A header field: printable US-ASCII without space, or "-" for none.
std::string header_field(std::string_view text, std::size_t limit) {
  std::string out;
  for (const char c : text.substr(0, limit)) out.push_back(c > 0x20 && c < 0x7f ? c : '?');
  return out.empty() ? "-" : out;
}

// The name of the host that an event is about; a subject that is an address has none.
std::string host_name(const Subject& subject) {
  constexpr std::string_view kHost = "host:";
  return header_field(subject.id.starts_with(kHost) ? std::string_view(subject.id).substr(kHost.size()) : std::string_view(), 255);
}

// Parameters of a structured data element. Each has its own limit, counted as written.
class Element {
 public:
  explicit Element(std::string_view id) : text_("[" + std::string(id)) {}

  // Nothing for an empty value.
  void add(std::string_view name, std::string_view value, std::size_t limit = 64) {
    if (value.empty()) return;
    text_ += " " + std::string(name) + "=\"" + escaped(clean_text(value, limit), limit) + "\"";
  }
  void add(std::string_view name, std::uint64_t value) { add(name, std::to_string(value)); }

  std::string finish() { return text_ + "]"; }

 private:
  // Whole characters only, and no backslash without what it is for.
  static std::string escaped(std::string_view value, std::size_t limit) {
    std::string out;
    while (!value.empty()) {
      const std::size_t length = decode_one(value).length;
      const bool special = value.front() == '"' || value.front() == '\\' || value.front() == ']';
      if (out.size() + length + (special ? 1 : 0) > limit) break;
      if (special) out.push_back('\\');
      out.append(value.substr(0, length));
      value.remove_prefix(length);
    }
    return out;
  }

  std::string text_;
};

void add_flow(Element& element, const FlowRef& flow) {
  const auto& [source, destination, protocol] = flow.tuple;
  element.add("src", source.address.to_string());
  element.add("srcPort", source.port);
  element.add("dst", destination.address.to_string());
  element.add("dstPort", destination.port);
  element.add("proto", to_string(protocol));
  element.add("communityId", community_id(flow.tuple));
}

void add_mining(Element& element, const MiningSummary& mining) {
  element.add("coin", mining.coin, 32);
  element.add("algorithm", mining.algorithm, 32);
  element.add("pool", mining.pool, 128);
  element.add("worker", mining.worker_prefix, 32);
  element.add("workerRef", mining.worker_ref);
  element.add("submitted", mining.submitted);
  element.add("accepted", mining.accepted);
  element.add("rejected", mining.rejected);
}

std::string own_element(const BreachEvent& event, const JsonFrame& frame) {
  Element element(kOwnData);
  element.add("id", event.id);
  element.add("sha256", to_hex(sha256(as_bytes(to_json(event, frame)))));
  element.add("incident", event.incident);
  element.add("revision", event.revision);
  element.add("change", to_string(change_of(event)));
  element.add("mergedInto", event.merged_into);
  element.add("activity", event.activity);
  element.add("stage", to_string(event.stage));
  element.add("severity", event.severity);
  element.add("confidence", confidence_percent(event));
  element.add("mode", event.mode);
  element.add("clause", event.clause);
  element.add("item", event.item);
  element.add("subject", event.subject.id, 160);
  element.add("technique", facts_of(event.activity).technique.id());
  if (const Finding* finding = decisive_flow(event)) add_flow(element, *finding->flow);
  if (!event.mining.empty()) add_mining(element, event.mining.front());
  if (!event.findings.empty()) element.add("signature", event.findings.front().source);
  if (const Finding* finding = decisive_process(event)) {
    element.add("pid", static_cast<std::uint64_t>(finding->process->id.pid));
    element.add("executable", finding->process->executable, 128);
  }
  return element.finish();
}

std::string origin_element(const JsonFrame& frame) {
  Element element("origin");
  element.add("software", "aupscan", 48);
  element.add("swVersion", frame.version, 32);
  return element.finish();
}

}  // namespace

std::string to_syslog(const BreachEvent& event, const JsonFrame& frame) {
  std::string line = "<" + std::to_string(priority_of(event)) + ">1 " + timestamp(event.time) + " " + host_name(event.subject) + " aupscan - " + std::string(kind_of(event)) + " ";
  line += origin_element(frame) + own_element(event, frame) + " ";
  line += kByteOrderMark;
  return line + clean_text(sentence(event), kMaxSyslog - line.size());
}

}  // namespace scanner

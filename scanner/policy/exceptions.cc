#include "scanner/policy/exceptions.h"

#include "scanner/model/yaml.h"
#include "scanner/policy/register_file.h"

#include <algorithm>

namespace scanner {
namespace {

constexpr std::size_t kMaxSignatures = 16, kMaxText = 512;
constexpr int kMinPrefix4 = 96 + 24, kMinPrefix6 = 64;  // over the 128-bit form
constexpr Duration kDay = std::chrono::hours(24), kSoon = 14 * kDay, kFar = 366 * kDay;

bool has_wildcard(std::string_view text) { return text.find_first_of("*?") != std::string_view::npos; }

class Reader {
 public:
  Reader(YamlContext& context, Exceptions& out) : context_(context), out_(out) {}

  void read(const YamlNode& item) {
    YamlMap map(item, "exception", context_);
    Exception entry;
    entry.id = text(map, "id");
    read_signatures(map, entry);
    entry.subject = text(map, "subject", Presence::Optional);
    entry.tenant = text(map, "tenant", Presence::Optional);
    entry.instance = text(map, "instance", Presence::Optional);
    if (const YamlNode* flow = map.map("flow", Presence::Optional)) read_flow(*flow, entry);
    if (const YamlNode* process = map.map("process", Presence::Optional)) read_process(*process, entry);
    entry.owner = text(map, "owner");
    entry.reason = text(map, "reason");
    entry.ticket = text(map, "ticket");
    read_expiry(map, context_, "X103", entry);
    map.finish();
    judge(item, entry);
    entry.at = {context_.file(), item.line, item.column};
    out_.entries.push_back(std::move(entry));
  }

 private:
  std::string text(YamlMap& map, std::string_view key, Presence presence = Presence::Required) {
    const auto value = map.string(key, presence);
    if (!value) return "";
    if (value->empty() && presence == Presence::Required) context_.error(*map.any(key), "X101", std::string(key) + " is empty", "an exception says whose it is, why, and where that was decided");
    if (value->size() > kMaxText) context_.error(*map.any(key), "X101", std::string(key) + " has more than 512 bytes");
    if (has_wildcard(*value) && key != "reason") context_.error(*map.any(key), "X102", std::string(key) + ": '" + *value + "' is a pattern", "an exception names one thing: no '*' and no '?'");
    return *value;
  }

  void read_signatures(YamlMap& map, Exception& entry) {
    entry.signatures = map.strings("signatures");
    const YamlNode* node = map.any("signatures", Presence::Optional);
    if (node == nullptr) return;
    if (entry.signatures.empty() || entry.signatures.size() > kMaxSignatures) context_.error(*node, "X104", "an exception names 1 to 16 signatures, dialects or detectors");
    for (const std::string& name : entry.signatures)
      if (has_wildcard(name) || name.empty()) context_.error(*node, "X102", "signatures: '" + name + "' is a pattern", "an exception names each of them by its id");
  }

  void read_flow(const YamlNode& node, Exception& entry) {
    YamlMap map(node, "flow", context_);
    if (const auto server = map.string("server")) {
      entry.server = Cidr::parse(*server);
      if (!entry.server)
        context_.error(*map.any("server"), "X105", "'" + *server + "' is no address range", "as in 198.51.100.7 or 198.51.100.0/28");
      else if (entry.server->prefix_bits() < (entry.server->network().is_v4() ? kMinPrefix4 : kMinPrefix6))
        context_.error(*map.any("server"), "X106", "'" + *server + "' is too broad", "at most a /24, or a /64 of IPv6");
    }
    if (const auto port = map.integer("port", Presence::Optional, 1, 65535)) entry.port = static_cast<std::uint16_t>(*port);
    map.finish();
  }

  void read_process(const YamlNode& node, Exception& entry) {
    YamlMap map(node, "process", context_);
    entry.executable = text(map, "executable", Presence::Optional);
    entry.sha256 = text(map, "sha256", Presence::Optional);
    if (!entry.executable.empty() && entry.executable.front() != '/') context_.error(*map.any("executable"), "X107", "'" + entry.executable + "' is no path from the root");
    const bool hex = std::all_of(entry.sha256.begin(), entry.sha256.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
    if (!entry.sha256.empty() && (entry.sha256.size() != 64 || !hex)) context_.error(*map.any("sha256"), "X107", "'" + entry.sha256 + "' is no SHA-256", "64 lower-case hexadecimal digits");
    if (entry.executable.empty() && entry.sha256.empty()) context_.error(node, "X107", "a process is named by its executable, its sha256, or both");
    map.finish();
  }

  void judge(const YamlNode& item, const Exception& entry) {
    if (entry.subject.empty() && entry.tenant.empty() && !entry.server && entry.executable.empty() && entry.sha256.empty())
      context_.error(item, "X106", "the exception is too broad: it would permit this to everybody", "name a subject, a tenant, a flow's server or a process");
    if (!entry.instance.empty() && entry.tenant.empty()) context_.error(item, "X106", "an instance is a tenant's: name the tenant");
    if (!entry.id.empty() && has_entry(out_, entry.id)) context_.error(item, "X108", "there is an exception '" + entry.id + "' already");
  }

  YamlContext& context_;
  Exceptions& out_;
};

std::string days(Duration span) {
  const auto count = span / kDay;
  return std::to_string(count) + (count == 1 ? " day" : " days");
}

// Nobody but `targets` is meant. What does not tell whom it reaches, reaches others too.
bool reaches_only(const Finding& finding, const std::vector<Cidr>& targets) {
  std::optional<Cidr> reached = finding.targets;
  if (!reached && finding.flow) reached = Cidr(finding.flow->tuple.destination.address);
  return reached && std::any_of(targets.begin(), targets.end(), [&](const Cidr& range) {
           return range.prefix_bits() <= reached->prefix_bits() && range.contains(reached->network());
         });
}

}  // namespace

bool Exception::covers(const Finding& finding) const {
  if (finding.last_seen >= expires) return false;
  if (activity.empty() ? std::find(signatures.begin(), signatures.end(), finding.source) == signatures.end() : activity != finding.activity) return false;
  if (!targets.empty() && !reaches_only(finding, targets)) return false;
  if (!subject.empty() && subject != finding.subject.id) return false;
  if (!tenant.empty() && tenant != finding.subject.tenant) return false;
  if (!instance.empty() && instance != finding.subject.instance) return false;
  if (server && (!finding.flow || !server->contains(finding.flow->tuple.destination.address) || (port != 0 && port != finding.flow->tuple.destination.port))) return false;
  if (!executable.empty() && (!finding.process || finding.process->executable != executable)) return false;
  return sha256.empty() || (finding.process && finding.process->sha256 == sha256);
}

std::string Exception::title() const { return (activity.empty() ? "exception '" : "permission '") + id + "'"; }

std::string Exception::sentence() const {
  return "permitted by the " + title() + " (" + (ticket.empty() ? "" : "ticket " + ticket + ", ") + "owner " + owner + ", until " + expires_text + "): " + reason;
}

const Exception* Exceptions::find(const Finding& finding) const {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Exception& entry) { return entry.covers(finding); });
  return found == entries.end() ? nullptr : &*found;
}

bool load_exceptions(const std::string& file, std::string_view text, Exceptions& exceptions, Diagnostics& diagnostics) {
  YamlContext context(file, text, diagnostics);
  Reader reader(context, exceptions);
  return read_register({"exceptions", "X109", "there are more than 1,024 exceptions", "so many are a rule of their own: change the signatures or the declaration"}, context, text, exceptions,
                       [&](const YamlNode& item) { reader.read(item); });
}

std::vector<ExpiryWarning> ends_of(const Exceptions& exceptions, Timestamp now) {
  std::vector<ExpiryWarning> warnings;
  for (const Exception& entry : exceptions.entries) {
    const std::string who = " (" + (entry.ticket.empty() ? "" : "ticket " + entry.ticket + ", ") + "owner " + entry.owner + ")";
    if (entry.expires <= now)
      warnings.push_back({&entry, ExceptionEnd::Ended, "the " + entry.title() + " ended " + days(now - entry.expires) + " ago" + who + ": what it permitted is judged again; remove or renew it"});
    else if (entry.expires - now <= kSoon)
      warnings.push_back({&entry, ExceptionEnd::Soon, "the " + entry.title() + " ends in " + days(entry.expires - now) + ", on " + entry.expires_text + who});
    else if (entry.expires - now > kFar)
      warnings.push_back({&entry, ExceptionEnd::Far, "the " + entry.title() + " ends in more than a year, on " + entry.expires_text + who + ": who will look at it again?"});
  }
  return warnings;
}

std::vector<std::string> expiry_warnings(const Exceptions& exceptions, Timestamp now) {
  std::vector<std::string> sentences;
  for (ExpiryWarning& warning : ends_of(exceptions, now)) sentences.push_back(std::move(warning.sentence));
  return sentences;
}

}  // namespace scanner

#include "scanner/engine/field_scan.h"

#include <string>

namespace scanner {
namespace {

constexpr std::size_t kMaxShown = 256;
constexpr std::size_t kMaxJoined = 32 * 1024;     // of a command line, in bytes
constexpr std::size_t kMaxImageText = 128 * 1024;  // of all texts of an image

// An observation made from another: same moment, same flow.
Observation beside(const Observation& at, decltype(Observation::what) what) {
  Observation made = at;
  made.what = std::move(what);
  return made;
}

std::string_view without_port(std::string_view host) {
  if (!host.empty() && host.front() == '[') return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.rfind(':'));
}

// What stands around the match. A command line is cut between words, so that a wallet in it
// stays whole and can be told from other text where it is masked.
std::string_view excerpt_of(Field field, std::string_view text, std::size_t end) {
  if (field == Field::ProcessImageString) {
    text.remove_prefix(end == 0 ? 0 : text.rfind('\n', end - 1) + 1);
    return text.substr(0, std::min(text.find('\n'), kMaxShown));
  }
  if (field != Field::ProcessCommandLine || text.size() <= kMaxShown) return text.substr(0, kMaxShown);
  std::size_t begin = end > kMaxShown ? end - kMaxShown : 0;
  if (begin > 0) begin = std::min(text.find(' ', begin - 1), end) + 1;
  text.remove_prefix(std::min(begin, text.size()));
  return text.size() <= kMaxShown ? text : text.substr(0, text.rfind(' ', kMaxShown) == std::string_view::npos ? 0 : text.rfind(' ', kMaxShown));
}

std::string joined(const std::vector<std::string>& words, char separator = ' ', std::size_t max = kMaxJoined) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += separator;
    if (text.size() + word.size() > max) return text;
    text += word;
  }
  return text;
}

std::optional<ProcessId> process_of(const HostRecord& record) {
  if (const auto* started = std::get_if<ProcessStarted>(&record.what)) return started->id;
  if (const auto* facts = std::get_if<ImageFacts>(&record.what)) return facts->id;
  return std::nullopt;
}

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// One fact a line, so that a signature can ask for several of one process. A line break inside
// a value would begin a line of its own: it becomes a space.
std::string traits_of(const ProcessStarted& started) {
  std::string text;
  const auto add = [&text](std::string_view word, std::string value) {
    if (value.empty()) return;
    for (char& c : value)
      if (c == '\n' || c == '\r') c = ' ';
    text += std::string(word) + "=" + value + "\n";
  };
  add("comm", started.comm);
  add("exe", started.executable);
  if (!started.arguments.empty()) add("argv0", started.arguments.front());
  add("image", started.memfd ? "memfd" : started.deleted ? "deleted" : "file");
  add("kind", started.image_kind);
  add("packer", started.packer);
  add("script", started.script);
  add("sha256", started.sha256);
  for (const auto& [name, value] : started.environment) add(name, value);
  add("cmdline", joined(started.arguments));
  return text;
}

}  // namespace

bool FieldScan::holds_back(std::uint32_t signature) {
  if (suspended_ == nullptr || signature >= suspended_->size() || (*suspended_)[signature] == 0) return false;
  if (held_back_.size() < suspended_->size()) held_back_.resize(suspended_->size());
  ++held_back_[signature];
  left_out_ = true;
  return true;
}

void FieldScan::scan(const Observation& at, Field field, std::string_view text) {
  if (text.empty() || !matcher_->wants(field)) return;
  matches_.clear();
  matcher_->match(field, as_bytes(text), MatchFacts{at.flow.tuple.destination.port}, *scratch_, matches_);
  for (const SignatureMatch& match : matches_) {
    if (holds_back(match.signature)) continue;
    const Signature& signature = matcher_->ruleset().signatures()[match.signature];
    SignatureHit hit;
    hit.signature = signature.id;
    hit.revision = signature.revision;
    hit.field = to_string(field);
    hit.offset = match.end;
    hit.excerpt = excerpt_of(field, text, static_cast<std::size_t>(match.end));
    if (const auto* host = std::get_if<HostSeen>(&at.what)) hit.process = process_of(host->record());
    next_.take(beside(at, std::move(hit)));
  }
}

void FieldScan::look_up(const Observation& at, Field field, std::string_view host) {
  const auto match = matcher_->ruleset().datasets().find_host(host);
  if (!match || match->strength == ListStrength::None) return;
  ListedHost listed;
  listed.name = host.substr(0, kMaxShown);
  listed.listing = context_of(*match, at.at);
  listed.field = to_string(field);
  listed.exact = match->exact;
  listed.strong = strength_at(*match, at.at) == ListStrength::Listed;
  next_.take(beside(at, std::move(listed)));
}

void FieldScan::scan_process(const Observation& at, const ProcessStarted& started) {
  const std::string_view name = file_name(started.executable);
  scan(at, Field::ProcessName, name);
  if (started.comm != name) scan(at, Field::ProcessName, started.comm);
  scan(at, Field::ProcessExecutable, started.executable);
  if (matcher_->wants(Field::ProcessCommandLine)) scan(at, Field::ProcessCommandLine, joined(started.arguments));
  scan(at, Field::ProcessWorkingDirectory, started.cwd);
  if (matcher_->wants(Field::ProcessEnvironmentKeys)) scan(at, Field::ProcessEnvironmentKeys, joined(started.environment_keys));
  if (matcher_->wants(Field::ProcessTraits)) scan(at, Field::ProcessTraits, traits_of(started));
  scan_image(at, started.image_strings);
}

// As one text, so that a signature hits an image once and may want several of its strings.
void FieldScan::scan_image(const Observation& at, const std::vector<std::string>& strings) {
  if (matcher_->wants(Field::ProcessImageString)) scan(at, Field::ProcessImageString, joined(strings, '\n', kMaxImageText));
}

void FieldScan::take(Observation&& observation) {
  if (const auto* dns = std::get_if<DnsSeen>(&observation.what)) {
    // An answer binds a name to its addresses or brings data, a long name may carry some.
    constexpr std::size_t kLongName = 24;
    const bool matters = dns->response ? !dns->addresses.empty() || dns->answer_bytes != 0 : dns->name.size() >= kLongName;
    if (!dns->response) {
      scan(observation, Field::DnsName, dns->name);
      look_up(observation, Field::DnsName, dns->name);
    }
    if (matters) next_.take(std::move(observation));
  } else if (const auto* hello = std::get_if<TlsClientHello>(&observation.what)) {
    scan(observation, Field::TlsSni, hello->sni);
    look_up(observation, Field::TlsSni, hello->sni);
    scan(observation, Field::TlsJa4, hello->ja4);
    next_.take(std::move(observation));
  } else if (const auto* certificate = std::get_if<TlsCertificate>(&observation.what)) {
    for (const std::string& name : certificate->names) scan(observation, Field::TlsCertificate, name);
    next_.take(std::move(observation));
  } else if (const auto* request = std::get_if<HttpRequestSeen>(&observation.what)) {
    const std::string_view host = without_port(request->host);
    scan(observation, Field::HttpHost, host);
    look_up(observation, Field::HttpHost, host);
    scan(observation, Field::HttpPath, request->target);
    scan(observation, Field::HttpUserAgent, request->user_agent);
    if (request->method == "CONNECT") next_.take(std::move(observation));
  } else if (const auto* proxied = std::get_if<ProxyRequestSeen>(&observation.what)) {
    scan(observation, Field::SocksHost, proxied->host);
    look_up(observation, Field::SocksHost, proxied->host);
    next_.take(std::move(observation));
  } else if (const auto* host = std::get_if<HostSeen>(&observation.what)) {
    next_.take(Observation(observation));
    if (const auto* started = std::get_if<ProcessStarted>(&host->record().what)) scan_process(observation, *started);
    if (const auto* facts = std::get_if<ImageFacts>(&host->record().what)) scan_image(observation, facts->image_strings);
  } else {
    next_.take(std::move(observation));
  }
}

}  // namespace scanner

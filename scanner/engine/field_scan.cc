#include "scanner/engine/field_scan.h"

#include <string>

namespace scanner {
namespace {

constexpr std::size_t kMaxExcerpt = 256;

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

}  // namespace

void FieldScan::scan(const Observation& at, Field field, std::string_view text) {
  if (text.empty() || !matcher_.wants(field)) return;
  matches_.clear();
  matcher_.match(field, as_bytes(text), MatchFacts{at.flow.tuple.destination.port}, *scratch_, matches_);
  for (const SignatureMatch& match : matches_) {
    const Signature& signature = matcher_.ruleset().signatures()[match.signature];
    SignatureHit hit;
    hit.signature = signature.id;
    hit.revision = signature.revision;
    hit.field = to_string(field);
    hit.offset = match.end;
    hit.excerpt = text.substr(0, kMaxExcerpt);
    next_.take(beside(at, std::move(hit)));
  }
}

void FieldScan::look_up(const Observation& at, Field field, std::string_view host) {
  const auto match = matcher_.ruleset().datasets().find_host(host);
  if (!match || match->strength == ListStrength::None) return;
  ListedHost listed;
  listed.name = host.substr(0, kMaxExcerpt);
  listed.entry = match->entry->host;
  listed.pool = match->entry->pool;
  listed.coin = match->entry->coin();
  listed.tier = to_string(match->entry->tier);
  listed.list = match->list;
  listed.field = to_string(field);
  listed.exact = match->exact;
  listed.strong = match->strength == ListStrength::Listed;
  listed.popular = match->entry->popular;
  next_.take(beside(at, std::move(listed)));
}

void FieldScan::take(Observation&& observation) {
  if (const auto* dns = std::get_if<DnsSeen>(&observation.what)) {
    if (!dns->response) {
      scan(observation, Field::DnsName, dns->name);
      look_up(observation, Field::DnsName, dns->name);
    } else if (!dns->addresses.empty()) {
      next_.take(std::move(observation));  // binds a name to its addresses
    }
  } else if (const auto* hello = std::get_if<TlsClientHello>(&observation.what)) {
    scan(observation, Field::TlsSni, hello->sni);
    look_up(observation, Field::TlsSni, hello->sni);
    scan(observation, Field::TlsJa4, hello->ja4);
  } else if (const auto* certificate = std::get_if<TlsCertificate>(&observation.what)) {
    for (const std::string& name : certificate->names) scan(observation, Field::TlsCertificate, name);
  } else if (const auto* request = std::get_if<HttpRequestSeen>(&observation.what)) {
    const std::string_view host = without_port(request->host);
    scan(observation, Field::HttpHost, host);
    look_up(observation, Field::HttpHost, host);
    scan(observation, Field::HttpPath, request->target);
    scan(observation, Field::HttpUserAgent, request->user_agent);
  } else {
    next_.take(std::move(observation));
  }
}

}  // namespace scanner

#include "scanner/app/flow_register.h"

#include "scanner/app/wording.h"

#include <algorithm>

namespace scanner {
namespace {

constexpr std::size_t kMaxHosts = 8, kMaxClaims = 8;

constexpr std::string_view kHeader =
    "first_seen\tinitiator\tresponder\tproto\tcommunity_id\tstart_seen\tactivity\tstage\tdialect\t"
    "packets_out\tpackets_in\tbytes_out\tbytes_in\tgap_bytes\thosts\n";

// The name that a parser's observation goes by, and the host name that it tells.
struct Fact {
  std::string protocol, host;
};

Fact fact_of(const Observation& observation) {
  struct Visitor {
    Fact operator()(const MiningSeen& seen) const { return {seen.dialect, seen.host}; }
    Fact operator()(const SignatureHit&) const { return {}; }
    Fact operator()(const ListedHost& listed) const { return {"", listed.name}; }
    Fact operator()(const DnsSeen& dns) const { return {"dns", dns.name}; }
    Fact operator()(const TlsClientHello& hello) const { return {"tls", hello.sni}; }
    Fact operator()(const TlsCertificate&) const { return {"tls", ""}; }
    Fact operator()(const HttpRequestSeen& request) const { return {"http", request.host}; }
    Fact operator()(const ProxyRequestSeen& request) const { return {request.protocol, request.host}; }
    Fact operator()(const CoinPeerSeen& peer) const { return {peer.protocol, ""}; }
    Fact operator()(const SealedSeen& sealed) const { return {sealed.shape, ""}; }
    Fact operator()(const ShapeSeen&) const { return {}; }
    Fact operator()(const LoginSeen& login) const { return {login.protocol, ""}; }
    Fact operator()(const EchoSeen&) const { return {}; }
    Fact operator()(const ParserGaveUp&) const { return {}; }
    Fact operator()(const BytesMissing&) const { return {}; }
    Fact operator()(const FlowOver&) const { return {}; }
    Fact operator()(const HostSeen&) const { return {}; }
    Fact operator()(const TimePassed&) const { return {}; }
  };
  return std::visit(Visitor{}, observation.what);
}

// Commas part the hosts and tabs the columns: neither stands in a name that is one.
std::string cell(std::string_view text) {
  std::string out = printable(text);
  std::replace(out.begin(), out.end(), ',', '?');
  return out;
}

}  // namespace

FlowRegister::FlowRegister(OutputFile out) : out_(std::move(out)) {
  if (const auto written = out_.write(kHeader); !written) failure_ = written.error();
}

FlowRegister::Row& FlowRegister::row_of(const Observation& observation) {
  const auto found = by_flow_.find(observation.flow.id);
  if (found != by_flow_.end()) return *found->second;
  if (rows_.size() >= kMaxOpen) {
    write(rows_.front());
    by_flow_.erase(rows_.front().flow.id);
    rows_.pop_front();
  }
  Row& row = rows_.emplace_back();
  row.flow = observation.flow;
  row.first_seen = observation.at;
  by_flow_.emplace(observation.flow.id, std::prev(rows_.end()));
  return row;
}

void FlowRegister::see(const Observation& observation) {
  write_ended();
  current_.reset();
  if (std::holds_alternative<HostSeen>(observation.what)) return;
  current_ = observation.flow.id;
  Row& row = row_of(observation);
  const Fact fact = fact_of(observation);
  // What was spoken inside wins over the layer that carried it.
  const bool mining = std::holds_alternative<MiningSeen>(observation.what) || std::holds_alternative<CoinPeerSeen>(observation.what);
  if (!fact.protocol.empty() && (mining || row.dialect.empty())) row.dialect = fact.protocol;
  if (!fact.host.empty() && row.hosts.size() < kMaxHosts && std::find(row.hosts.begin(), row.hosts.end(), fact.host) == row.hosts.end())
    row.hosts.push_back(fact.host);
  if (const auto* over = std::get_if<FlowOver>(&observation.what)) {
    row.over = *over;
    ended_ = by_flow_.find(observation.flow.id)->second;
  }
}

void FlowRegister::concluded(const Finding& finding) {
  // A finding may rest on several flows and name its first; it is about the one that is being
  // judged. Where that is none (a process was), it is about the one it names.
  const auto found = by_flow_.find(current_.value_or(finding.flow ? finding.flow->id : 0));
  if (found == by_flow_.end()) return;
  auto& claims = found->second->claims;
  const auto known = std::find_if(claims.begin(), claims.end(), [&](const Claim& c) { return c.key == finding.key && c.activity == finding.activity; });
  if (known != claims.end())
    known->stage = finding.stage;
  else if (claims.size() < kMaxClaims)
    claims.push_back({finding.activity, finding.key, finding.stage});
}

void FlowRegister::withdrawn(const std::string& activity, const std::string& key) {
  const auto found = by_flow_.find(current_.value_or(0));
  if (found != by_flow_.end()) std::erase_if(found->second->claims, [&](const Claim& c) { return c.key == key && c.activity == activity; });
}

void FlowRegister::write(const Row& row) {
  const Claim* best = nullptr;
  for (const Claim& claim : row.claims)
    if (claim.stage != Stage::None && (best == nullptr || claim.stage > best->stage)) best = &claim;
  const auto tab = [](const auto& value) { return "\t" + value; };
  std::string text = to_rfc3339(row.first_seen) + tab(row.flow.tuple.source.to_string()) + tab(row.flow.tuple.destination.to_string()) +
                     tab(std::string(to_string(row.flow.tuple.protocol))) + tab(community_id(row.flow.tuple)) +
                     tab(std::string(row.flow.start_seen ? "yes" : "no")) + tab(best == nullptr ? std::string() : best->activity) +
                     tab(std::string(to_string(best == nullptr ? Stage::None : best->stage))) + tab(cell(row.dialect));
  if (row.over) {
    for (const auto& pair : {row.over->packets, row.over->bytes}) text += tab(std::to_string(pair[0])) + tab(std::to_string(pair[1]));
    text += tab(std::to_string(row.over->gap_bytes));
  } else {
    text += "\t\t\t\t\t";
  }
  text += "\t";
  for (std::size_t i = 0; i < row.hosts.size(); ++i) text += (i > 0 ? "," : "") + cell(row.hosts[i]);
  if (const auto written = out_.write(text + "\n"); !written && !failure_) failure_ = written.error();
}

void FlowRegister::write_ended() {
  if (!ended_) return;
  write(**ended_);
  by_flow_.erase((*ended_)->flow.id);
  rows_.erase(*ended_);
  ended_.reset();
}

void FlowRegister::finish() {
  write_ended();
  for (const Row& row : rows_) write(row);
  rows_.clear();
  by_flow_.clear();
  if (const auto closed = out_.close(); !closed && !failure_) failure_ = closed.error();
}

}  // namespace scanner

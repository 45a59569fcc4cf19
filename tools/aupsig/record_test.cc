#include "tools/aupsig/record_test.h"

#include "scanner/app/wording.h"
#include "scanner/io/capture_writer.h"
#include "tools/aupsig/flow_trace.h"
#include "tools/aupsig/shrink.h"

#include <algorithm>
#include <optional>
#include <sstream>

namespace scanner {
namespace {

constexpr std::uint64_t kSmall = 16 * 1024;
constexpr std::uint64_t kSeed = 0x61757073696721;
constexpr Timestamp kStart{1'772'438'400'000'000'000};  // 2026-03-02T08:00:00Z

// What the original run says, beside its incidents.
struct Original {
  std::map<std::string, BreachEvent> incidents;
  ClaimScope scope;
  std::string left_out;
  std::set<FiveTuple> flows;  // on which something was observed
  Anonymiser::Known known;
};

bool in_scope(const FlowTrace& trace, const ClaimScope& scope) {
  return std::any_of(trace.findings.begin(), trace.findings.end(), [&](const Finding& f) { return scope.covers(f.subject.id, f.activity); });
}

bool is_name(const std::string& host) { return !host.empty() && !IpAddress::parse(host); }

void note_texts(const FlowTrace& trace, const Ruleset& ruleset, Anonymiser::Known& known) {
  const auto listed = [&](const std::string& host) {
    const auto match = ruleset.datasets().find_host(host);
    return match && match->strength != ListStrength::None;
  };
  for (const Observation& observation : trace.observations) {
    if (const auto* mining = std::get_if<MiningSeen>(&observation.what)) {
      if (!mining->worker.empty()) known.workers.insert(mining->worker);
      if (is_name(mining->host)) (listed(mining->host) ? known.kept_names : known.names).insert(mining->host);
    } else if (const auto* host = std::get_if<ListedHost>(&observation.what)) {
      known.kept_names.insert(host->name);
    } else if (const auto* dns = std::get_if<DnsSeen>(&observation.what)) {
      (listed(dns->name) ? known.kept_names : known.names).insert(dns->name);
    } else if (const auto* hit = std::get_if<SignatureHit>(&observation.what)) {
      if (hit->field == "dns.name" || hit->field == "tls.sni" || hit->field == "http.host" || hit->field == "socks.host") known.kept_names.insert(hit->excerpt);
    }
  }
}

Result<Original> look_at(const Setup& setup, const LoadedCapture& capture, const std::string& incident) {
  Original original;
  FlowTraces traces;
  IncidentCollector collector;
  run_engine(setup, capture.batches, collector, &traces);
  original.incidents = collector.last();
  if (!incident.empty()) {
    const auto found = original.incidents.find(incident);
    if (found == original.incidents.end()) return fail("the capture has no incident " + printable(incident));
    original.scope = {found->second.subject.id, found->second.activity, {}};
  }
  std::set<std::uint64_t> peer_flows;
  for (const auto& [id, trace] : traces.flows())
    if (std::any_of(trace.observations.begin(), trace.observations.end(), [](const Observation& o) { return std::holds_alternative<CoinPeerSeen>(o.what); })) peer_flows.insert(id);
  const auto of_peers = [&](const BreachEvent& event) {
    return event.activity == "coin.node" && std::any_of(event.findings.begin(), event.findings.end(), [&](const Finding& f) { return f.flow && peer_flows.contains(f.flow->id); });
  };
  std::set<std::pair<std::string, std::string>> nodes;
  std::size_t covered = 0;
  for (const auto& [id, event] : original.incidents) {
    if (!original.scope.covers(event)) continue;
    if (of_peers(event)) {
      nodes.insert({event.subject.id, event.activity});
      original.left_out = event.subject.id + " coin.node is claimed of a peer-to-peer handshake, which carries addresses under a checksum or a hash; they can neither stay nor be exchanged";
      continue;
    }
    ++covered;
    if (event.stage != event.traffic_stage)
      return fail("refused: " + event.subject.id + " " + event.activity + " stands at " + std::string(to_string(event.stage)) + " by what the host recorded, and by its traffic at " + std::string(to_string(event.traffic_stage)) +
                  " alone: a recording of processes cannot be made anonymous here");
  }
  // What else was claimed can still be shown.
  if (covered == 0 && !nodes.empty()) return fail("refused: " + original.left_out);
  original.scope.without = std::move(nodes);
  if (covered == 0) return fail("refused: nothing is claimed of this capture, so there is nothing that a test could go on showing; `aupsig explain` tells why");
  for (const auto& [id, trace] : traces.flows()) {
    if (id == 0) continue;
    const bool peers = peer_flows.contains(id);
    if (peers && !in_scope(trace, original.scope)) continue;
    original.flows.insert(trace.flow.tuple);
    original.flows.insert(trace.flow.tuple.reversed());
    note_texts(trace, setup.matcher->ruleset(), original.known);
    if (!in_scope(trace, original.scope)) continue;
    if (trace.flow.decrypted || std::any_of(trace.findings.begin(), trace.findings.end(), [](const Finding& f) { return f.flow && f.flow->decrypted; }))
      return fail("refused: the claim stands in a TLS session that keys opened; its bytes cannot be exchanged without breaking its seals");
    if (peers)
      return fail("refused: the claim stands on a peer-to-peer handshake (" + trace.flow.tuple.source.to_string() + " to " + trace.flow.tuple.destination.to_string() +
                  "), which carries addresses under a checksum or a hash; they can neither stay nor be exchanged");
  }
  for (const std::string& kept : original.known.kept_names) original.known.names.erase(kept);
  return original;
}

std::map<std::string, BreachEvent> incidents_of(const Setup& setup, const PacketModel& model) {
  const EventBatch batch = packets_of(model);
  IncidentCollector collector;
  run_engine(setup, std::span(&batch, 1), collector);
  return collector.last();
}

std::vector<std::uint8_t> encoded(const EventBatch& batch) {
  CaptureEncoder encoder;
  for (const Event& event : batch.events)
    if (!encoder.add(event.packet)) return {};
  return encoder.take();
}

void shift(PacketModel& model, Duration by) {
  for (Connection& connection : model.connections)
    for (Carrier& carrier : connection.carriers) carrier.at = carrier.at + by;
}

Timestamp first_of(const PacketModel& model) {
  Timestamp first{INT64_MAX};
  for (const Connection& connection : model.connections)
    for (const Carrier& carrier : connection.carriers) first = std::min(first, carrier.at);
  return first;
}

// The claim that the model has to go on showing, in its new names.
class Proof {
 public:
  Proof(const Setup& setup, const Original& original, const Anonymiser& anonymiser) : setup_(setup), original_(original), scope_(original.scope) {
    if (!scope_.subject.empty()) scope_.subject = anonymiser.subject(scope_.subject);
    scope_.without.clear();
    for (const auto& [subject, activity] : original.scope.without) scope_.without.insert({anonymiser.subject(subject), activity});
    const auto rename = [&](const std::string& subject) { return anonymiser.subject(subject); };
    for (const ClaimLevel level : {ClaimLevel::Numbers, ClaimLevel::Signs}) wanted_[static_cast<std::size_t>(level)] = claim_lines(original.incidents, level, original.scope, rename);
  }

  std::string difference(const PacketModel& model, ClaimLevel level) const {
    return claim_difference(wanted(level), claim_lines(incidents_of(setup_, model), level, scope_));
  }
  bool holds(const PacketModel& model, ClaimLevel level) const { return wanted(level) == claim_lines(incidents_of(setup_, model), level, scope_); }
  const ClaimScope& scope() const { return scope_; }
  const std::vector<std::string>& wanted(ClaimLevel level) const { return wanted_[static_cast<std::size_t>(level)]; }

 private:
  const Setup& setup_;
  const Original& original_;
  ClaimScope scope_;
  std::vector<std::string> wanted_[2];
};

std::string note_of(const RecordedTest& test, const PacketModel& model, bool shifted) {
  std::ostringstream out;
  out << "Made by `aupsig record-test` from a capture of " << bytes_text(test.original_bytes) << " in " << plural(test.original_packets, "packet", "packets") << "; here are " << bytes_text(test.capture.size()) << " in "
      << plural(test.packets, "packet", "packets") << ".\n\nBoth give the same claim. Compared were: " << compared_fields(test.level) << ".\nNot compared: confidence, hash rate, pools' and workers' names, times.\n\n";
  for (const std::string& line : test.claim) out << "    " << line << "\n";
  if (!test.left_out.empty()) out << "\nLeft out, as it cannot be made anonymous: " << test.left_out.substr(test.left_out.find(' ') + 1) << ".\n";
  out << "\nAddresses are documentation addresses; wallets, workers, passwords and host names are made up, of the same length and form.\n";
  if (!test.kept_names.empty()) {
    out << "Names that the claim stands on are kept, since they are listed or a signature asks for them:";
    for (const std::string& name : test.kept_names) out << " " << printable(name);
    out << "\n";
  }
  out << (shifted ? "Times are moved to 2026-03-02 and keep their distances.\n" : "Times are the original ones: the claim does not hold at another date.\n");
  if (model.encapsulated) out << "The tunnel that the packets stood in is not kept.\n";
  out << "Link layers, IP fragments and TCP options are not kept; checksums are right.\n\nTo try it: aupscan replay --expect expect.yaml capture.pcapng\n";
  return out.str();
}

}  // namespace

Result<RecordedTest> record_test(const Setup& setup, const LoadedCapture& capture, std::uint64_t original_bytes, const RecordTestOptions& options) {
  const auto original = look_at(setup, capture, options.incident);
  if (!original) return tl::unexpected(original.error());
  auto read = model_of(capture.batches);
  if (!read) return tl::unexpected(read.error());
  PacketModel model = std::move(*read);
  keep_only(model, [&](std::uint32_t connection, std::uint32_t) { return original->flows.contains(model.connections[connection].tuple); });

  Anonymiser anonymiser(setup.matcher->ruleset(), original->known, kSeed);
  const PacketModel before = model;
  if (auto applied = anonymiser.apply(model); !applied) return fail("refused: " + applied.error().message);
  const Proof proof(setup, *original, anonymiser);
  RecordedTest test;
  if (!proof.holds(model, ClaimLevel::Numbers)) {
    test.level = ClaimLevel::Signs;
    if (const std::string difference = proof.difference(model, test.level); !difference.empty()) {
      const std::string plain = claim_difference(claim_lines(original->incidents, test.level, original->scope), claim_lines(incidents_of(setup, before), test.level, original->scope));
      return fail(plain.empty() ? "refused: the claim does not survive the exchange of addresses and names: " + difference
                                : "refused: the claim needs more than TCP and UDP in order (encapsulation, fragments or link layers of the capture): " + plain);
    }
  }
  PacketModel moved = model;
  shift(moved, kStart - first_of(model));
  const bool shifted = proof.holds(moved, test.level);
  if (shifted) model = std::move(moved);

  const std::uint64_t bound = std::max<std::uint64_t>(original_bytes / 10, kSmall);
  std::size_t budget = options.budget;
  const ClaimLevel first_level = test.level;
  std::size_t share = first_level == ClaimLevel::Numbers ? budget / 3 : budget;
  budget -= share;
  shrink(model, share, [&](const PacketModel& m) { return proof.holds(m, first_level); });
  std::vector<std::uint8_t> bytes = encoded(packets_of(model));
  if (bytes.size() > bound && test.level == ClaimLevel::Numbers) {
    // So many shares and conversations take their room; that there were some can be shown in less.
    test.level = ClaimLevel::Signs;
    budget += share;
    shrink(model, budget, [&](const PacketModel& m) { return proof.holds(m, ClaimLevel::Signs); });
    bytes = encoded(packets_of(model));
  }
  if (const std::string difference = proof.difference(model, test.level); !difference.empty()) return fail("refused: the smaller capture does not show the same: " + difference);
  const EventBatch batch = packets_of(model);
  if (const auto leaks = anonymiser.leaks(batch); !leaks.empty()) return fail("refused: it would give away who it was: " + joined(leaks, "; "));

  test.capture = std::move(bytes);
  test.outline = outline_of(incidents_of(setup, model), {});
  test.claim = proof.wanted(test.level);
  test.left_out = original->left_out;
  test.scope = proof.scope();
  test.packets = batch.events.size();
  test.original_packets = capture.packets;
  test.original_bytes = original_bytes;
  test.addresses = anonymiser.addresses();
  test.texts = anonymiser.texts();
  for (const std::string& name : anonymiser.kept_names())
    if (std::search(test.capture.begin(), test.capture.end(), name.begin(), name.end()) != test.capture.end()) test.kept_names.insert(name);
  test.note = note_of(test, model, shifted);
  return test;
}

}  // namespace scanner

#include "scanner/io/live_evidence.h"

#include "scanner/io/capture_writer.h"
#include "scanner/io/recording_line.h"
#include "scanner/packet/decode.h"

#include <algorithm>
#include <set>
#include <utility>

namespace scanner {
namespace {

constexpr std::size_t kMaxDecisive = 256;  // packets of a flow, named by its findings

struct KeptPacket {
  std::uint64_t number = 0;  // of its event
  Packet packet;             // its data is `bytes`
  std::vector<std::uint8_t> bytes;
};

std::uint64_t packet_bytes(const EventBatch& batch) {
  std::uint64_t bytes = 0;
  for (const Event& event : batch.events)
    if (event.kind == EventKind::Packet) bytes += event.packet.data.size();
  return bytes;
}

}  // namespace

struct LiveEvidence::Flow {
  std::uint64_t id = 0;
  TupleKey key;
  bool fresh = true;  // its earlier packets were not looked for yet
  bool over = false;  // the tuple may be another's now
  std::set<PacketRef> decisive;
  std::vector<KeptPacket> first, named;
  std::deque<KeptPacket> latest;
  std::uint64_t first_bytes = 0, latest_bytes = 0, bytes = 0;
};

LiveEvidence::LiveEvidence(EvidenceStore& store, const LiveEvidenceLimits& limits) : store_(store), limits_(limits) {}
LiveEvidence::~LiveEvidence() = default;

LiveEvidence::TupleKey LiveEvidence::key_of(const FiveTuple& tuple, std::uint32_t vni) { return {tuple.source < tuple.destination ? tuple : tuple.reversed(), vni}; }

void LiveEvidence::watch(const EventBatch& batch) {
  current_ = &batch;
  indexed_ = current_first_;
}

void LiveEvidence::keep(EventBatch&& batch) {
  if (!flows_.empty()) index();
  Held held{std::move(batch), current_first_, 0};
  current_first_ += held.batch.events.size();
  current_ = nullptr;
  held.batch.host_records.clear();
  held.bytes = packet_bytes(held.batch);
  if (held.bytes == 0) return;
  recent_bytes_ += held.bytes;
  recent_.push_back(std::move(held));
  while (recent_bytes_ > limits_.recent_bytes) {
    recent_bytes_ -= recent_.front().bytes;
    recent_.pop_front();
  }
}

void LiveEvidence::see(const Observation& observation) {
  if (!std::holds_alternative<FlowOver>(observation.what)) return;
  const auto found = by_id_.find(observation.flow.id);
  if (found == by_id_.end() || found->second->over) return;
  index();
  found->second->over = true;
  const auto tuple = by_tuple_.find(found->second->key);
  if (tuple != by_tuple_.end() && tuple->second == found->second) by_tuple_.erase(tuple);
}

void LiveEvidence::concluded(const Finding& finding) {
  if (finding.flow && finding.stage != Stage::None) want(*finding.flow, finding.packets);
}

void LiveEvidence::want(const FlowRef& flow, const std::vector<PacketRef>& decisive) {
  auto found = by_id_.find(flow.id);
  if (found == by_id_.end()) {
    flows_.emplace_back();
    flows_.back().id = flow.id;
    flows_.back().key = key_of(flow.tuple, flow.vni);
    found = by_id_.emplace(flow.id, std::prev(flows_.end())).first;
    by_tuple_.insert_or_assign(found->second->key, found->second);
    fresh_ = true;
    keep_limits();
    found = by_id_.find(flow.id);
  }
  flows_.splice(flows_.end(), flows_, found->second);
  found->second->decisive.insert(decisive.begin(), decisive.end());
  while (found->second->decisive.size() > kMaxDecisive) found->second->decisive.erase(std::prev(found->second->decisive.end(), 2));
}

// Brings every wanted flow up to the end of the batch at hand.
void LiveEvidence::index() {
  if (fresh_) {
    for (const Held& held : recent_) pass(held.batch, held.first, held.first, held.first + held.batch.events.size(), true);
    if (current_ != nullptr) pass(*current_, current_first_, current_first_, indexed_, true);
    for (Flow& flow : flows_) flow.fresh = false;
    fresh_ = false;
  }
  if (current_ == nullptr) return;
  const std::uint64_t end = current_first_ + current_->events.size();
  if (!by_tuple_.empty()) pass(*current_, current_first_, indexed_, end, false);
  indexed_ = end;
  keep_limits();
}

void LiveEvidence::pass(const EventBatch& batch, std::uint64_t first, std::uint64_t from, std::uint64_t to, bool fresh_only) {
  Decoded decoded;
  for (std::uint64_t number = from; number < to; ++number) {
    const Event& event = batch.events[number - first];
    if (event.kind != EventKind::Packet) continue;
    decode(event.packet, decoded);
    if (decoded.status != DecodeStatus::Ok) continue;
    const auto found = by_tuple_.find(key_of(decoded.tuple, decoded.vni));
    if (found == by_tuple_.end() || (fresh_only && !found->second->fresh)) continue;
    Flow& flow = *found->second;
    KeptPacket kept{number, event.packet, {event.packet.data.begin(), event.packet.data.end()}};
    const std::uint64_t size = kept.bytes.size();
    flow.bytes += size;
    counters_.bytes += size;
    if (flow.latest.empty() && flow.first_bytes + size <= limits_.first_bytes) {
      flow.first_bytes += size;
      flow.first.push_back(std::move(kept));
      continue;
    }
    flow.latest_bytes += size;
    flow.latest.push_back(std::move(kept));
    while (flow.latest_bytes > limits_.latest_bytes) {
      KeptPacket& oldest = flow.latest.front();
      const std::uint64_t gone = oldest.bytes.size();
      flow.latest_bytes -= gone;
      if (flow.named.size() < kMaxDecisive && flow.decisive.contains({oldest.packet.file, oldest.packet.frame})) {
        flow.named.push_back(std::move(oldest));
      } else {
        flow.bytes -= gone;
        counters_.bytes -= gone;
      }
      flow.latest.pop_front();
    }
  }
}

void LiveEvidence::keep_limits() {
  while (flows_.size() > 1 && (flows_.size() > limits_.max_flows || counters_.bytes > limits_.total_bytes)) {
    drop(flows_.begin());
    ++counters_.flows_evicted;
  }
}

void LiveEvidence::drop(Flows::iterator flow) {
  counters_.bytes -= flow->bytes;
  by_id_.erase(flow->id);
  const auto tuple = by_tuple_.find(flow->key);
  if (tuple != by_tuple_.end() && tuple->second == flow) by_tuple_.erase(tuple);
  flows_.erase(flow);
}

// The flows of the findings that the event lists, in their order, for as long as the budget
// lasts; as one capture in the order of time. Empty: none of their packets is there.
std::vector<std::uint8_t> LiveEvidence::slice(const BreachEvent& event, std::uint64_t& packets) {
  std::vector<const KeptPacket*> chosen;
  std::set<std::uint64_t> seen;
  std::uint64_t bytes = 0;
  const auto take = [&](const KeptPacket& kept) {
    if (kept.packet.at > event.time || bytes + kept.bytes.size() > limits_.bytes_per_incident) return;
    bytes += kept.bytes.size();
    chosen.push_back(&kept);
  };
  for (const Finding& finding : event.findings) {
    const auto found = finding.flow ? by_id_.find(finding.flow->id) : by_id_.end();
    if (found == by_id_.end() || !seen.insert(finding.flow->id).second) continue;
    for (const KeptPacket& kept : found->second->named) take(kept);
    for (const KeptPacket& kept : found->second->first) take(kept);
    for (auto kept = found->second->latest.rbegin(); kept != found->second->latest.rend(); ++kept) take(*kept);
  }
  std::sort(chosen.begin(), chosen.end(), [](const KeptPacket* a, const KeptPacket* b) { return a->number < b->number; });
  packets = chosen.size();
  if (chosen.empty()) return {};
  CaptureEncoder encoder;
  for (const KeptPacket* kept : chosen) {
    Packet packet = kept->packet;
    packet.data = kept->bytes;
    static_cast<void>(encoder.add(packet, "frame " + std::to_string(packet.frame)));
  }
  return encoder.take();
}

std::vector<BreachEvent::Evidence> LiveEvidence::of(const BreachEvent& event, const ProcessTable& processes) {
  const auto known = told_.find(event.incident);
  const bool closing = event.state == "closed";
  const bool changed = known == told_.end() || known->second.traffic != event.traffic_stage || known->second.process != event.process_stage || known->second.overall != event.stage;
  if (!changed && !closing) return known->second.evidence;
  index();
  Told told{event.traffic_stage, event.process_stage, event.stage, 0, {}};
  const std::vector<std::uint8_t> capture = slice(event, told.packets);
  if (!changed && told.packets <= known->second.packets) {
    told.evidence = known->second.evidence;
  } else {
    if (!capture.empty()) put(told.evidence, capture, "pcapng");
    if (const std::string snapshot = process_snapshot(event, processes); !snapshot.empty()) put(told.evidence, as_bytes(snapshot), "process.ndjson");
  }
  std::vector<BreachEvent::Evidence> evidence = told.evidence;
  if (closing) {
    told_.erase(event.incident);
    return evidence;
  }
  if (known == told_.end()) told_order_.push_back(event.incident);
  told_.insert_or_assign(event.incident, std::move(told));
  // Names of incidents that are closed stand in the order until they come to its front.
  while (told_order_.size() > limits_.max_incidents) {
    told_.erase(told_order_.front());
    told_order_.pop_front();
  }
  return evidence;
}

void LiveEvidence::put(std::vector<BreachEvent::Evidence>& out, Bytes content, const std::string& kind) {
  const auto stored = store_.put(content, kind);
  if (!stored) {
    ++counters_.refused;
    trouble_ = stored.error().message;
    return;
  }
  ++counters_.stored;
  trouble_.clear();
  out.push_back({stored->sha256, stored->kind, stored->file, stored->size});
}

std::string process_snapshot(const BreachEvent& event, const ProcessTable& processes) {
  std::string lines;
  const RecordingHeader header{"", "aupscan evidence"};
  std::set<ProcessId> told;
  const auto tell = [&](const Process& process) {
    if (process.started_seen && told.insert(process.id).second) lines += to_recorded_line({process.first_seen, process.image}, header) + "\n";
  };
  for (const Finding& finding : event.findings) {
    if (!finding.process) continue;
    const Process* process = processes.find(finding.process->id);
    if (process == nullptr) continue;
    const auto ancestors = processes.ancestors(process->id);
    for (auto ancestor = ancestors.rbegin(); ancestor != ancestors.rend(); ++ancestor) tell(**ancestor);
    tell(*process);
  }
  if (lines.empty()) return "";
  for (const Finding& finding : event.findings) {
    if (!finding.flow) continue;
    const FiveTuple& tuple = finding.flow->tuple;
    for (const auto& [local, remote] : {std::pair(tuple.source, tuple.destination), std::pair(tuple.destination, tuple.source)})
      if (const Process* owner = processes.owner_of(local, remote, tuple.protocol))
        lines += to_recorded_line({event.time, SocketOwned{owner->id, local, remote, tuple.protocol}}, header) + "\n";
  }
  return to_recorded_line(header) + "\n" + lines;
}

}  // namespace scanner

// Evidence of live incidents: the packets behind each event, and who its processes are, put
// into the evidence store before the event is queued.
//
// Which packets matter is known only when a detector has concluded something, so the last
// batches are held (their blocks, without a copy); from the first finding on a flow's packets
// are copied: its beginning, its latest, and those that the findings name. All of it is bounded
// by LiveEvidenceLimits; the flow that was touched least recently goes first.
//
// A slice has everything up to its event and nothing behind it, so that a replay shows what
// the event claims. A new one is made where the rungs changed or the incident closes; events in
// between name the one before. IP fragments are not put together here and are left out.
// One thread.
#pragma once

#include "scanner/engine/judgement.h"
#include "scanner/io/evidence_store.h"
#include "scanner/model/event.h"

#include <cstdint>
#include <deque>
#include <list>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace scanner {

struct LiveEvidenceLimits {
  std::uint64_t recent_bytes = 2 * 1024 * 1024;  // of batches that are held
  std::uint64_t first_bytes = 64 * 1024;         // of a flow, from its first packet on
  std::uint64_t latest_bytes = 256 * 1024;       // of a flow, its latest packets
  std::uint64_t total_bytes = 16 * 1024 * 1024;  // of all flows
  std::size_t max_flows = 4096;
  std::size_t max_incidents = 4096;
  std::uint64_t bytes_per_incident = 4 * 1024 * 1024;
};

struct LiveEvidenceCounters {
  std::uint64_t stored = 0, refused = 0;  // files; by the store
  std::uint64_t flows_evicted = 0;
  std::uint64_t bytes = 0;                // of packets in memory
};

class LiveEvidence final : public ObservationTap {
 public:
  // The store outlives it.
  LiveEvidence(EvidenceStore& store, const LiveEvidenceLimits& limits);
  ~LiveEvidence() override;

  // Around each Engine::feed: `batch` stays as it is until keep() takes it over.
  void watch(const EventBatch& batch);
  void keep(EventBatch&& batch);

  void see(const Observation& observation) override;
  void concluded(const Finding& finding) override;

  // Within EventSink::take: what there is for this event, durable. Where the store refuses,
  // less; trouble() says why.
  std::vector<BreachEvent::Evidence> of(const BreachEvent& event, const ProcessTable& processes);

  LiveEvidenceCounters counters() const { return counters_; }
  const std::string& trouble() const { return trouble_; }  // of the last attempt; "": none

 private:
  struct Flow;
  struct Told {
    Stage traffic = Stage::None, process = Stage::None, overall = Stage::None;
    std::uint64_t packets = 0;
    std::vector<BreachEvent::Evidence> evidence;
  };
  struct Held {
    EventBatch batch;
    std::uint64_t first = 0, bytes = 0;  // number of its first event; of packets
  };
  struct TupleKey {
    FiveTuple tuple;  // the smaller endpoint first
    std::uint32_t vni = 0;
    friend bool operator==(const TupleKey&, const TupleKey&) = default;
  };
  struct TupleHash {
    std::size_t operator()(const TupleKey& key) const { return symmetric_hash(key.tuple) + key.vni; }
  };
  using Flows = std::list<Flow>;

  static TupleKey key_of(const FiveTuple& tuple, std::uint32_t vni);
  void want(const FlowRef& flow, const std::vector<PacketRef>& decisive);
  void index();
  void pass(const EventBatch& batch, std::uint64_t first, std::uint64_t from, std::uint64_t to, bool fresh_only);
  void keep_limits();
  void drop(Flows::iterator flow);
  void put(std::vector<BreachEvent::Evidence>& out, Bytes content, const std::string& kind);
  std::vector<std::uint8_t> slice(const BreachEvent& event, std::uint64_t& packets);

  EvidenceStore& store_;
  LiveEvidenceLimits limits_;
  std::deque<Held> recent_;
  std::uint64_t recent_bytes_ = 0;
  const EventBatch* current_ = nullptr;
  std::uint64_t current_first_ = 0, indexed_ = 0;  // numbers of events
  bool fresh_ = false;  // a flow is wanted whose earlier packets were not looked for
  Flows flows_;         // the least recently touched first
  std::unordered_map<std::uint64_t, Flows::iterator> by_id_;
  std::unordered_map<TupleKey, Flows::iterator, TupleHash> by_tuple_;  // the newest of each
  std::unordered_map<std::string, Told> told_;
  std::deque<std::string> told_order_;
  LiveEvidenceCounters counters_;
  std::string trouble_;
};

// The processes that an event names, their ancestors as far as they are known, and the sockets
// of its conversations, as a recording (scanner/docs/recording.md); "" where it names none.
std::string process_snapshot(const BreachEvent& event, const ProcessTable& processes);

}  // namespace scanner

// Packets → observations: decode, put fragments together, follow flows, parse, match.
//
// Two steps a batch, so that several threads can share the second. route(): one thread
// decodes the batch, corrects its clock and deals the packets out to kShards virtual shards
// by symmetric address pair. run_shard(): works one shard's packets off; shards share
// nothing, so any thread may take any shard, and what comes out depends only on the packets.
// collect(): one thread puts what came of it into its total order.
//
// The bytes of a batch must live until every shard has run.
#pragma once

#include "scanner/engine/clock.h"
#include "scanner/model/breach_event.h"
#include "scanner/model/event.h"
#include "scanner/model/observation.h"
#include "scanner/packet/flow_tracker.h"
#include "scanner/packet/ip_fragments.h"
#include "scanner/protocol/tls_secrets.h"
#include "scanner/signature/matcher.h"

#include <array>
#include <memory>
#include <vector>

namespace scanner {

struct FlowStageLimits {
  FlowLimits flows;
  FragmentLimits fragments;
  std::uint32_t stream_prefix_bytes = 4096;  // of each direction, searched by the signatures

  FlowStageLimits();  // with the ports that detectors want to be told of
};

struct Coverage {
  std::uint64_t packets = 0, bytes = 0, lost = 0;
  std::array<std::uint64_t, kDecodeStatusCount> by_status{};
  std::uint64_t clamped = 0, clipped = 0;
  std::uint64_t clipped_bytes = 0;  // that were on the wire and not captured
  std::uint64_t payload_cut = 0;    // of them transport payload, and what mirroring switches cut
  FlowTrackerCounters flows;
  FragmentCounters fragments;
  std::uint64_t subjects_refused = 0;  // times that a detector had no room for somebody new; the engine's
  std::uint64_t gave_up = 0;  // parsers that met bytes they could not read
  TlsCounts tls;
  std::uint64_t tls_sessions_known = 0;  // by the key logs
  std::uint64_t key_log_lines_unread = 0;  // not understood, or beyond the bound
};

class FlowShard;

class FlowStage {
 public:
  static constexpr std::size_t kShards = 64;

  FlowStage(const FlowStageLimits& limits, const std::shared_ptr<const Matcher>& matcher);
  ~FlowStage();

  // TLS key log lines for the whole run, before the first batch.
  void add_key_log(Bytes text) { secrets_.read_key_log(text, 0); }

  // `scratch`: of the calling thread, for the texts of host records.
  void route(const EventBatch& batch, Scratch& scratch);
  bool has_work(std::size_t shard) const;
  void run_shard(std::size_t shard, Scratch& scratch);
  // One of both: what was observed, the batch's host records among it, or a step in a flow's life.
  struct Occurrence {
    std::uint64_t sequence = 0;
    std::uint32_t order = 0;
    std::uint32_t rank = 0;  // where both are the same, as at the end of a run: observations first, then by shard
    const Observation* observation = nullptr;
    const FlowLife* life = nullptr;
  };
  // In the order of (sequence, order, rank), then as they were told. Valid until the next route() or begin_finish().
  const std::vector<Occurrence>& collect();

  // Other rules from the next event on: between collect() and route(). `scratch` is of the new
  // matcher; the old one is let go. No flow, stream or conversation is lost.
  void use(const std::shared_ptr<const Matcher>& matcher, Scratch& scratch);

  // FieldScan::hold_back for all: read while shards run, to be changed in between alone.
  void hold_back(const std::vector<std::uint8_t>& suspended);
  // What was left out since the last use(), by signature; may be shorter than the ruleset.
  std::vector<std::uint64_t> held_back() const;

  // The end of the run: begin_finish() once, then every shard ends its flows, then collect().
  void begin_finish();
  void finish_shard(std::size_t shard, Scratch& scratch);

  Timestamp now() const;
  Coverage coverage() const;

 private:
  class Router;
  TlsSecrets secrets_;  // only route() adds to them
  std::unique_ptr<Router> router_;
  std::array<std::unique_ptr<FlowShard>, kShards> shards_;
  void forget_collected();
  std::vector<Occurrence> occurrences_;  // of collect()
  PacketContext end_;
};

}  // namespace scanner

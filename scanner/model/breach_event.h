// The durable record that people act on: one revision of one incident.
//
// Everything in it is redacted and bounded. scanner/docs/breach-event.schema.json is the
// JSON form (draft-07); engine/event_json.h writes it.
#pragma once

#include "scanner/model/finding.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace scanner {

enum class EventType : std::uint8_t { Breach, Indicator, Permitted };

// One (coin, pool) of an incident's mining.
struct MiningSummary {
  std::string coin, algorithm, pool;
  std::string worker_prefix, worker_ref;  // short prefix; keyed hash or ""
  std::uint64_t submitted = 0, accepted = 0, rejected = 0;
  double hashrate = 0;               // hashes per second; 0: cannot be told
  double difficulty_per_second = 0;  // where the algorithm is unknown
  // What the program called itself, which anybody can set; family, version and kind where
  // that is a known program's. "": not told.
  std::string agent = {}, agent_family = {}, agent_version = {}, agent_kind = {};
};

struct Weight {
  std::string what;  // "traffic: a share was accepted"
  double value = 0;
};

struct Quality {
  std::uint64_t packets_seen = 0, packets_dropped = 0, undecoded = 0, one_sided_flows = 0, gaps = 0, gap_bytes = 0, clamped_timestamps = 0;
  std::uint64_t evicted_flows = 0, conflicting_bytes = 0, clipped_packets = 0, payload_cut_bytes = 0;
};

struct Proposal {
  std::string basis;  // "breach" or "abnormal"
  std::vector<std::string> measures, reasons;
};

struct BreachEvent {
  EventType type = EventType::Indicator;
  std::string id, incident;
  std::uint32_t revision = 0;
  std::string state = "open";  // "open" or "closed"
  Timestamp time;              // when the claim was made, in event time
  std::string activity;
  Stage stage = Stage::None, traffic_stage = Stage::None, process_stage = Stage::None;
  std::string severity;
  double confidence = 0;
  std::string mode = "observe";
  Timestamp first_seen, last_seen;
  std::uint64_t observations = 0;
  std::string clause, item, declaration_version, declaration_sha256;
  Subject subject;
  std::vector<Finding> findings;  // redacted, highest stage first, at most 100
  std::uint64_t findings_total = 0;
  struct Counts {
    // Conversations by the highest rung that they reached; attempts carried no payload.
    std::uint64_t attempts = 0, contacts = 0, sessions = 0, work = 0, proof = 0;
  } counts;
  std::vector<MiningSummary> mining;
  std::vector<Weight> arithmetic;
  std::vector<std::string> independent_kinds, compromise_indicators, wilful_indicators, counter_evidence;
  std::string merged_into;
  Quality quality;
  struct Evidence {
    std::string sha256, kind, file;
    std::uint64_t size = 0;
  };
  std::vector<Evidence> evidence;
  std::string ruleset_id, config_id;
  Proposal proposal;
};

class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void take(const BreachEvent& event) = 0;
};

}  // namespace scanner

// What one detector concludes of one subject's conduct, from one strand of evidence.
//
// A finding says how far the conduct got and on what evidence. Whether it is allowed is the
// policy's business; a detector never knows.
#pragma once

#include "scanner/model/flow_ref.h"
#include "scanner/model/host_record.h"
#include "scanner/model/list_context.h"
#include "scanner/model/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// The ladder of evidence, lowest first; Observed and Confirmed are the abuse activities' own.
enum class Stage : std::uint8_t { None, Interest, Contact, Session, Work, Proof, Observed, Confirmed };
std::string_view to_string(Stage stage);  // "interest", …; "none"
std::optional<Stage> stage_from(std::string_view text);

enum class EvidenceKind : std::uint8_t { Traffic, Process, Usage };
std::string_view to_string(EvidenceKind kind);

// Another holder that some source names.
struct RivalHolder {
  std::string tenant, instance, method, proof;
  friend bool operator==(const RivalHolder&, const RivalHolder&) = default;
};

// Why it is not sure whose conduct it is, and what that leaves of the confidence.
struct AttributionDoubt {
  std::string what;  // one plain sentence
  double factor = 1;  // 0..1
  friend bool operator==(const AttributionDoubt&, const AttributionDoubt&) = default;
};

// Whose conduct it is. In replay an address, unless tenants are configured.
struct Subject {
  std::string id;  // "ip:192.0.2.1", "tenant:acme/web-1", "host:local"
  IpAddress address;
  std::string tenant, instance;
  std::string attribution_method, attribution_proof;  // empty: by address alone
  Timestamp attributed_from = {}, attributed_until = {};  // zero: not told
  std::optional<ProcessId> process = {};  // that took part in the attribution: the owner of the socket
  std::vector<RivalHolder> rivals = {};   // where sources disagree; then nobody of them is the subject
  std::vector<AttributionDoubt> doubts = {};

  friend bool operator==(const Subject& a, const Subject& b) { return a.id == b.id; }
};

struct PacketRef {
  std::uint16_t file = 0;
  std::uint32_t frame = 0;
  friend auto operator<=>(const PacketRef&, const PacketRef&) = default;
};

// What is known of the mining in one conversation. Counts are of shares.
struct MiningFacts {
  // Of `agent`, where it is a known program's: "XMRig", "6.21.0", "cpu".
  std::string agent_family, agent_version, agent_kind;
  std::string coin, algorithm, pool, worker, agent;  // "" : not known; worker is unredacted
  std::uint64_t submitted = 0, accepted = 0, rejected = 0;
  double hashes = 0;      // expected work in the accepted shares; only with hashes_known
  double difficulty = 0;  // sum of the accepted shares' difficulties, in the pool's own unit
  bool hashes_known = true;
  Timestamp first_work, last_share;  // of accepted shares; equal or zero: no rate can be told
  bool clock_clamped = false;        // no rate is judged over time that had to be corrected
};

// One of those whose child a process is, as it was last known.
struct Ancestor {
  std::int32_t pid = 0;
  std::string executable, comm;
};

// How a statistical conclusion adds up. Log-odds are natural; a term is what one measured thing
// adds. What is believed: that it is so, that it is not, and what is left on neither.
struct ScoreTerm {
  std::string what;  // "requests a minute: 4.2"
  double log_odds = 0;
};
struct ScoreSheet {
  std::vector<ScoreTerm> terms;
  double log_odds = 0, threshold = 0;
  double belief = 0, disbelief = 0, unknown = 1;  // their sum is 1
};

struct Finding {
  std::string key;  // what it is about, e.g. "flow:17"; a later one with the same key replaces it
  Subject subject;
  std::string activity;  // id of the declaration's closed list
  EvidenceKind kind = EvidenceKind::Traffic;
  Stage stage = Stage::None;
  Timestamp first_seen, last_seen;
  std::string source;  // what concluded it: a signature, a dialect or a detector by id
  std::uint32_t revision = 0;
  std::string source_sha256;  // of that signature or of all dialects, hex; "" for a detector
  std::string reason;  // one plain sentence
  double weight = 0;   // 0..1: how much it alone convinces
  std::optional<FlowRef> flow;
  std::optional<ProcessStarted> process;
  std::vector<Ancestor> ancestors;  // of `process`, the parent first, at most 16; filled in by the judgement
  std::vector<std::string> compromise_indicators, wilful_indicators;  // of that process, by the panel
  std::optional<MiningFacts> mining;
  std::vector<PacketRef> packets;    // the decisive ones, at most kMaxPackets, earliest first
  std::vector<std::string> matches;  // unredacted excerpts, at most 8
  std::string listed;                // the data set entry that corroborates, "list:entry"
  std::optional<ListContext> listing;  // what the data set knows of it
  std::optional<ScoreSheet> score;   // of a statistical conclusion
  std::uint64_t attempts = 0;        // bare TCP attempts, for findings that only count them
  std::optional<Cidr> targets;       // of conduct towards many: the smallest range that holds them all

  static constexpr std::size_t kMaxPackets = 32;
};

}  // namespace scanner

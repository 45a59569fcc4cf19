// What the engine observed and concluded on each flow, kept to be told.
#pragma once

#include "scanner/engine/judgement.h"

#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

namespace scanner {

struct FlowTrace {
  FlowRef flow;  // as of the first observation
  std::vector<Observation> observations;  // in order; at most kMaxObservations
  std::uint64_t left_out = 0;             // observations beyond
  std::vector<Finding> findings;          // as they stood last, unredacted

  static constexpr std::size_t kMaxObservations = 4096;
};

// Bounded: kMaxKept observations of all flows together; the rest is counted.
class FlowTraces final : public ObservationTap {
 public:
  static constexpr std::size_t kMaxKept = 500'000;

  void see(const Observation& observation) override;
  void concluded(const Finding& finding) override;
  void withdrawn(const std::string& activity, const std::string& key) override;

  // By flow id. Findings of no flow (processes, attempts) stand under 0.
  const std::map<std::uint64_t, FlowTrace>& flows() const { return flows_; }

 private:
  std::map<std::uint64_t, FlowTrace> flows_;
  std::unordered_map<std::string, std::uint64_t> flow_of_finding_;  // by activity and key
  std::size_t kept_ = 0;
};

}  // namespace scanner

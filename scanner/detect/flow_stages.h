// Where each mining conversation stands, by flow and by socket: what the mining ladder tells
// the detectors that stand behind it in the catalog.
#pragma once

#include "scanner/model/finding.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>

namespace scanner {

struct FlowStanding {
  FlowRef flow;
  FiveTuple socket;  // source: the miner's end
  Subject subject;
  std::string activity;
  Stage stage = Stage::None;
  bool by_shape = false;  // nothing of it could be read
  Timestamp last_seen;
};

// At most kMaxFlows; the one that was noted first goes first. A socket stands for the flow
// that was noted last with it.
class FlowStages {
 public:
  static constexpr std::size_t kMaxFlows = 65536;

  // A conversation's finding as it stands now; `finding.flow` is set.
  void note(const Finding& finding, Direction miner);
  void forget(std::uint64_t flow);

  // Null where nothing was noted. Valid until the next note() or forget().
  const FlowStanding* of_flow(std::uint64_t flow) const;
  const FlowStanding* of_socket(const Endpoint& miner, const Endpoint& pool, IpProtocol protocol) const;
  std::size_t size() const { return by_flow_.size(); }

 private:
  struct TupleHash {
    std::size_t operator()(const FiveTuple& tuple) const { return symmetric_hash(tuple); }
  };
  std::unordered_map<std::uint64_t, FlowStanding> by_flow_;
  std::unordered_map<FiveTuple, std::uint64_t, TupleHash> by_socket_;
  std::deque<std::uint64_t> order_;  // may name some that are forgotten
};

}  // namespace scanner

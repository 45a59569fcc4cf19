#include "scanner/detect/flow_stages.h"

namespace scanner {

void FlowStages::note(const Finding& finding, Direction miner) {
  const auto [found, fresh] = by_flow_.try_emplace(finding.flow->id);
  FlowStanding& standing = found->second;
  standing.stage = finding.stage;
  standing.by_shape = finding.score.has_value();
  standing.last_seen = finding.last_seen;
  if (standing.activity != finding.activity) standing.activity = finding.activity;
  if (!(standing.subject == finding.subject)) standing.subject = finding.subject;
  if (!fresh) return;
  standing.flow = *finding.flow;
  standing.socket = {finding.flow->sender(miner), finding.flow->receiver(miner), finding.flow->tuple.protocol};
  by_socket_.insert_or_assign(standing.socket, finding.flow->id);
  order_.push_back(finding.flow->id);
  if (order_.size() <= kMaxFlows) return;
  const std::uint64_t oldest = order_.front();
  order_.pop_front();
  forget(oldest);
}

void FlowStages::forget(std::uint64_t flow) {
  const auto found = by_flow_.find(flow);
  if (found == by_flow_.end()) return;
  const auto socket = by_socket_.find(found->second.socket);
  if (socket != by_socket_.end() && socket->second == flow) by_socket_.erase(socket);
  by_flow_.erase(found);
}

const FlowStanding* FlowStages::of_flow(std::uint64_t flow) const {
  const auto found = by_flow_.find(flow);
  return found == by_flow_.end() ? nullptr : &found->second;
}

const FlowStanding* FlowStages::of_socket(const Endpoint& miner, const Endpoint& pool, IpProtocol protocol) const {
  const auto found = by_socket_.find(FiveTuple{miner, pool, protocol});
  return found == by_socket_.end() ? nullptr : of_flow(found->second);
}

}  // namespace scanner

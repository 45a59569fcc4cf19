#include "tools/aupsig/flow_trace.h"

#include <algorithm>

namespace scanner {
namespace {

std::string name_of(const std::string& activity, const std::string& key) { return activity + "\n" + key; }

}  // namespace

void FlowTraces::see(const Observation& observation) {
  FlowTrace& trace = flows_[is_of_host(observation) ? 0 : observation.flow.id];
  if (trace.observations.empty() && !is_of_host(observation)) trace.flow = observation.flow;
  // The end of a flow is told last, and told always.
  if (kept_ >= kMaxKept || (trace.observations.size() >= FlowTrace::kMaxObservations && !std::holds_alternative<FlowOver>(observation.what))) {
    ++trace.left_out;
    return;
  }
  trace.observations.push_back(observation);
  ++kept_;
}

void FlowTraces::concluded(const Finding& finding) {
  const std::uint64_t flow = finding.flow ? finding.flow->id : 0;
  flow_of_finding_[name_of(finding.activity, finding.key)] = flow;
  FlowTrace& trace = flows_[flow];
  if (finding.flow && trace.flow.id == 0) trace.flow = *finding.flow;
  const auto same = std::find_if(trace.findings.begin(), trace.findings.end(), [&](const Finding& known) {
    return known.key == finding.key && known.activity == finding.activity && known.subject == finding.subject;
  });
  if (same != trace.findings.end()) *same = finding;
  else if (trace.findings.size() < FlowTrace::kMaxObservations) trace.findings.push_back(finding);
}

void FlowTraces::withdrawn(const std::string& activity, const std::string& key) {
  const auto found = flow_of_finding_.find(name_of(activity, key));
  if (found == flow_of_finding_.end()) return;
  std::erase_if(flows_[found->second].findings, [&](const Finding& known) { return known.key == key && known.activity == activity; });
}

}  // namespace scanner

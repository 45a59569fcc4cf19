// Where an agent's events come from: any Source, and the knobs of a live one.
#pragma once

#include "scanner/app/agent_status.h"
#include "scanner/app/setup.h"
#include "scanner/engine/source.h"
#include "scanner/io/own_traffic.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace scanner {

// All but wake() is the loop's thread's. next() comes back within about a second, and when a signal
// arrives. Functions may be empty: such a source cannot do less, or has nothing to tell.
struct AgentInput {
  std::unique_ptr<Source> source;
  std::function<void(Effort)> set_effort;
  std::function<void()> stop;  // what is on the way still comes, then the source's end
  std::function<InputStatus()> status;
  std::function<std::vector<std::string>()> news;  // since the last call, for the log and a health event
  // Settings that may change while it runs, after a reload that was accepted.
  std::function<void(const Setup&)> reload;
  // Any thread: next() comes back soon.
  std::function<void()> wake;
};

// The sinks tell `own` of their connections.
using OpenAgentInput = std::function<Result<AgentInput>(const Setup&, std::shared_ptr<OwnTraffic> own)>;

}  // namespace scanner

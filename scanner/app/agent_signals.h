// The signals that an agent understands: SIGTERM and SIGINT end it in good order, SIGHUP
// reloads. A second SIGTERM or SIGINT ends it at once.
#pragma once

namespace scanner {

// Before the first thread is started: threads inherit that these signals are not theirs.
void block_agent_signals();

// On the loop's thread, once the others run. A call that waits comes back when a signal comes
// (no SA_RESTART). One at a time.
class AgentSignals {
 public:
  AgentSignals();
  ~AgentSignals();
  AgentSignals(const AgentSignals&) = delete;
  AgentSignals& operator=(const AgentSignals&) = delete;

  bool stop() const;
  bool take_reload();
};

}  // namespace scanner

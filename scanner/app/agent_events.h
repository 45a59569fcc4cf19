// From the engine to the outbox: events get their evidence, and whoever taps sees them.
#pragma once

#include "scanner/app/agent_control.h"
#include "scanner/engine/engine.h"
#include "scanner/engine/event_json.h"
#include "scanner/io/delivery.h"
#include "scanner/io/live_evidence.h"

#include <string>

namespace scanner {

// The loop's thread. Everything it is given outlives it; `control` may be null.
class AgentEvents final : public EventSink, public ObservationTap {
 public:
  AgentEvents(LiveEvidence& evidence, Delivery& delivery, JsonFrame frame, std::string hash_key, AgentControl* control)
      : evidence_(evidence), delivery_(delivery), frame_(std::move(frame)), redactor_(std::move(hash_key)), control_(control) {}

  // Whose processes are asked for; before the first event.
  void set_engine(const Engine& engine) { engine_ = &engine; }

  void take(const BreachEvent& event) override;
  void see(const Observation& observation) override;
  void concluded(const Finding& finding) override { evidence_.concluded(finding); }

  struct Counts {
    std::uint64_t breaches = 0, indicators = 0, permitted = 0, refused = 0;
  };
  const Counts& counts() const { return counts_; }
  // Whether there were events since the last call.
  bool take_fresh() { return std::exchange(fresh_, false); }

 private:
  LiveEvidence& evidence_;
  Delivery& delivery_;
  JsonFrame frame_;
  Redactor redactor_;
  AgentControl* control_;
  const Engine* engine_ = nullptr;
  Counts counts_;
  bool fresh_ = false;
};

}  // namespace scanner

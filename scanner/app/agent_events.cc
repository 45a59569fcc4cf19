#include "scanner/app/agent_events.h"

namespace scanner {

void AgentEvents::take(const BreachEvent& event) {
  BreachEvent told = event;
  told.evidence = evidence_.of(event, engine_->processes());
  std::string json = to_json(told, frame_);
  if (control_ != nullptr && control_->watched()) control_->publish("{\"event\":" + json + "}");
  switch (event.type) {
    case EventType::Breach: ++counts_.breaches; break;
    case EventType::Indicator: ++counts_.indicators; break;
    case EventType::Permitted: ++counts_.permitted; break;
  }
  fresh_ = true;
  if (!delivery_.add({std::move(json), event.id, event.incident, event.subject.id, engine_->now()})) ++counts_.refused;
}

void AgentEvents::see(const Observation& observation) {
  evidence_.see(observation);
  if (control_ != nullptr && control_->watched()) control_->publish(observation_line(observation, redactor_));
}

}  // namespace scanner

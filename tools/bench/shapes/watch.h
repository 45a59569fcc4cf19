// A made-up session as the engine would follow it: the same rules of when to look, when to tell
// and when to let go (scanner/engine/flow_shapes.h), fed with lengths alone.
#pragma once

#include "scanner/engine/flow_shapes.h"
#include "tools/bench/shapes/session.h"

#include <vector>

namespace shapes {

struct Told {
  double minutes = 0;  // after the flow's first packet
  scanner::ShapeSeen seen;
};

class Watch final : public scanner::ShapeSink {
 public:
  Watch();
  // What the engine is told of it, in the order of time. Valid until the next call.
  const std::vector<Told>& follow(const std::vector<Message>& messages, Dress dress);

  void take_shape(scanner::Flow& flow, scanner::Observation&& observation) override;

 private:
  scanner::FlowShapes book_;
  scanner::Timestamp began_;
  std::vector<Told> told_;
};

}  // namespace shapes

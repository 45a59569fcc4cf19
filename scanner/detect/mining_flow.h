// One mining conversation's way up the ladder: the facts that decide, and the rung they give.
#pragma once

#include "scanner/model/finding.h"
#include "scanner/model/observation.h"

namespace scanner {

// What has happened in a conversation so far (DESIGN §2).
struct LadderFacts {
  bool start_seen = true;      // of the flow
  bool asked = false;          // something mining-shaped was asked
  bool login_asked = false, login_accepted = false, login_refused = false;
  bool work_delivered = false;  // asked for and given
  bool job_pushed = false;      // given without being asked for
  bool job_arrived = false;     // and acknowledged, where the flow's start was not seen
  bool submitted = false;       // at least one share
  bool share_answered = false, share_accepted = false, share_delivered = false;
};

Stage stage_of(const LadderFacts& facts);
// One sentence for the rung: why it is this one and not the next.
std::string reason_for(const LadderFacts& facts);
// How much a conversation on that rung convinces by itself, 0..1.
double weight_of(Stage stage);

// Takes one observation into the facts.
void note(LadderFacts& facts, const MiningSeen& seen);

}  // namespace scanner

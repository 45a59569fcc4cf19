// Why a mining conversation stands where it stands and not higher.
#pragma once

#include "scanner/detect/mining_flow.h"
#include "tools/aupsig/flow_story.h"

#include <string>
#include <vector>

namespace scanner {

// What happened on the flow, counted, with the packets of what is asked about most.
struct LadderCounts {
  LadderFacts facts;
  bool dialect_has_login = true;
  std::uint32_t login_frame = 0, refused_frame = 0, job_frame = 0, work_asked_frame = 0, submit_frame = 0;
  std::uint64_t logins = 0, submits = 0, shares_refused = 0, works_asked = 0, works_refused = 0;
  bool seen = false;       // anything of mining
  bool one_sided = false;  // packets of one side alone were captured
  std::string refusal;     // redacted excerpt of the refusal
};

// Takes one observation into the counts.
void note(LadderCounts& counts, const Observation& observation, const MiningSeen& seen, const Redactor& redactor);

// One sentence each; never empty. `talk` may be null.
std::vector<std::string> why_missed(Stage stage, const LadderCounts& counts, const Talk* talk, const std::vector<ForeignWord>& words);

}  // namespace scanner

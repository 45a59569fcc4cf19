// This host, live: its interfaces and its processes, as the configuration asks for them.
#pragma once

#include "scanner/app/agent_input.h"

namespace scanner {

// `own`: the conversations of this process, which are left out.
Result<AgentInput> open_live_input(const Setup& setup, std::shared_ptr<OwnTraffic> own);

}  // namespace scanner

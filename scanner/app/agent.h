// aupscan agent: watches this host until it is told to end.
#pragma once

#include "scanner/app/agent_input.h"
#include "scanner/app/options.h"

namespace scanner {

// 0: ended in good order; 1: it could not begin, or its source broke. Messages on standard
// error. Puts signal handlers in place and starts threads: once a process, from main().
ExitCode agent(const AgentOptions& options);

// The same with another source of events: tests and benchmarks.
ExitCode run_agent(const AgentOptions& options, const OpenAgentInput& open_input);

}  // namespace scanner

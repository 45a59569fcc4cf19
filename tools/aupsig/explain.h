// Why a capture gives the events that it gives, and what is missing for more.
#pragma once

#include "scanner/app/options.h"
#include "tools/aupsig/event_story.h"
#include "tools/aupsig/flow_story.h"
#include "tools/aupsig/signature_trace.h"

#include <optional>
#include <string>
#include <vector>

namespace scanner {

struct ExplainOptions {
  RuleOptions rules;
  std::vector<std::string> paths;  // captures, recordings, files of events
  std::string signature;           // id; "": none
  std::string flow;                // "ADDR:PORT-ADDR:PORT" or a community id; "": all
  bool json = false;
  bool all = false;                // flows that are nothing like mining, too
};

struct Explanation {
  std::vector<std::string> files, warnings;
  std::uint64_t packets = 0, flows_total = 0, flows_not_shown = 0;
  std::vector<EventStory> events;      // of files of events, else of the run
  std::vector<FlowStory> flows;        // highest stage first, then likeness
  std::vector<std::string> processes;  // conclusions that belong to no flow
  std::optional<SignatureTrace> signature;
};

// Captures alone; `only`: community ids that count, empty for all.
Result<Explanation> explain_captures(const Setup& setup, const std::vector<std::string>& captures, const ExplainOptions& options,
                                     const std::vector<std::string>& only);

std::string explanation_text(const Explanation& explanation);
std::string explanation_json(const Explanation& explanation);  // one object, indented

// Done, Partial, or Usage with a sentence on standard error.
ExitCode explain(const ExplainOptions& options);

}  // namespace scanner

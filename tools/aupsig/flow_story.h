// One flow's way up the ladder of evidence, told: which rungs were reached in which packet, and
// what kept the others from being reached. Everything in it is redacted.
#pragma once

#include "scanner/engine/redact.h"
#include "scanner/model/finding.h"
#include "scanner/signature/dialect.h"
#include "tools/aupsig/flow_trace.h"
#include "tools/aupsig/foreign_words.h"
#include "tools/aupsig/talk.h"

#include <optional>
#include <string>
#include <vector>

namespace scanner {

struct RungStory {
  Stage stage = Stage::None;
  bool reached = false;
  std::uint32_t frame = 0;  // of the packet that reached it; 0: missed, or no packet
  Timestamp at;
  std::vector<std::string> why;  // one sentence each: what reached it, or why not
};

// One decisive message.
struct StepStory {
  std::uint32_t frame = 0;
  std::uint16_t file = 0;
  Timestamp at;
  Direction sender = Direction::FromInitiator;
  std::string what;     // "authorise asked (bitcoin-stratum, mining.authorize)"
  std::string excerpt;  // redacted
};

struct WordStory {
  std::string method;
  std::string sender;  // "initiator", "responder"
  std::uint64_t count = 0;
  std::uint32_t first_frame = 0;
  bool known_method = false;
  std::vector<std::string> why;
  std::string excerpt;  // redacted
};

struct FlowStory {
  FlowRef flow;
  std::uint64_t packets[2] = {0, 0}, bytes[2] = {0, 0};
  std::uint64_t gap_bytes = 0;
  bool counted = false;  // the four above are known
  Stage stage = Stage::None;
  std::string activity;  // of the highest finding; "": none
  int likeness = 0;      // TalkShape::likeness()
  std::vector<RungStory> rungs;  // of a mining flow: from contact to proof
  std::vector<StepStory> steps;  // at most kMaxSteps
  std::uint64_t steps_left_out = 0;
  std::vector<std::string> conclusions;  // the findings, a sentence each
  std::vector<WordStory> foreign;        // at most kMaxWords
  std::vector<std::string> notes;        // names, hits, gaps, what could not be read

  static constexpr std::size_t kMaxSteps = 24, kMaxWords = 12;
};

// `trace` and `talk` are of one flow; either may be null, not both.
FlowStory tell_flow(const FlowTrace* trace, const Talk* talk, const DialectSet& dialects, const Redactor& redactor);

// A parser's excerpt as an event would show it.
std::string shown_excerpt(const std::string& excerpt, const Redactor& redactor);

std::string_view to_string(MiningRole role);        // "authorise", …
std::string_view to_string(MiningOutcome outcome);  // "asked", …

}  // namespace scanner

// One signature held against every field and stream of a capture, pattern by pattern, exactly as
// the engine searches them: it searches through a matcher that writes down what it was asked.
#pragma once

#include "scanner/app/setup.h"
#include "scanner/engine/redact.h"
#include "tools/aupsig/capture_run.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace scanner {

struct PatternTrace {
  std::string name, expression;
  bool hit = false;
  std::uint64_t end = 0;  // of the first match, in the field or stream
};

// One text of the signature's field.
struct FieldTrace {
  std::string text;                    // redacted; of a stream the beginning that was searched
  std::uint64_t size = 0;              // of the unredacted text
  std::optional<FiveTuple> flow;       // of the packet; none for a process
  std::uint32_t frame = 0;             // of the (first) packet
  std::uint16_t port = 0;              // the responder's, for conditions on it
  std::vector<PatternTrace> patterns;  // all of them, in the file's order
  std::vector<std::pair<std::string, bool>> facts;  // "port in pool-ports" → whether it holds
  bool holds = false;
  std::size_t hits() const;
};

struct SignatureTrace {
  std::string id, field, status, condition;
  std::uint64_t texts = 0, held = 0;  // texts searched; on which it holds
  std::vector<FieldTrace> shown;      // those with most patterns first, at most kMaxShown
  static constexpr std::size_t kMaxShown = 20;
};

// An Error where there is no such signature, or it is not searched (deprecated).
// With `flow`: only texts of packets of that flow.
Result<SignatureTrace> trace_signature(const Setup& setup, std::span<const EventBatch> batches, const std::string& id,
                                       const std::optional<FiveTuple>& flow, const Redactor& redactor);

}  // namespace scanner

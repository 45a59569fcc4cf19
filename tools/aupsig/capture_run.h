// Captures in memory, and the engine run over them: what the commands that look at a capture
// more than once share.
#pragma once

#include "scanner/app/setup.h"
#include "scanner/engine/engine.h"
#include "scanner/model/event.h"
#include "scanner/model/result.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace scanner {

inline constexpr std::uint64_t kMaxCaptureBytes = std::uint64_t{512} << 20;

// The events of all captures in their order. The batches hold the bytes.
struct LoadedCapture {
  std::vector<EventBatch> batches;
  std::vector<std::string> files;     // behind Packet::file
  std::vector<std::string> warnings;  // one sentence each
  std::uint64_t packets = 0, bytes = 0;
  bool partial = false;
};

// An Error where nothing can be read, or where the packets have more than `max_bytes` together.
Result<LoadedCapture> load_capture(const std::vector<std::string>& paths, std::uint64_t max_bytes = kMaxCaptureBytes);

// What `aupscan replay` gives its engine.
EngineOptions engine_options(const Setup& setup);

// Everything through an engine of its own, as `aupscan replay` does it; on one thread.
Coverage run_engine(const Setup& setup, std::span<const EventBatch> batches, EventSink& sink, ObservationTap* tap = nullptr);

// The same, one event at a time with any matcher; `before` is told of each event first. For
// whoever must know which packet it was that something was searched in.
Coverage run_engine_by_event(const Setup& setup, const std::shared_ptr<const Matcher>& matcher, std::span<const EventBatch> batches,
                             EventSink& sink, const std::function<void(const Event&)>& before);

}  // namespace scanner

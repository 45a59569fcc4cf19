// Events as NDJSON: one object a line, written as they arise.
#pragma once

#include "scanner/app/output_file.h"
#include "scanner/engine/event_json.h"

#include <vector>

namespace scanner {

// The frame outlives it. After a failed write, further events are dropped: ask failure().
class EventWriter final : public EventSink {
 public:
  EventWriter(OutputFile out, const JsonFrame& frame) : out_(std::move(out)), frame_(frame) {}

  void take(const BreachEvent& event) override { note(out_.write(to_json(event, frame_) + "\n")); }
  void close() { note(out_.close()); }
  const std::optional<Error>& failure() const { return failure_; }

 private:
  void note(const Result<void>& result) {
    if (!result && !failure_) failure_ = result.error();
  }

  OutputFile out_;
  const JsonFrame& frame_;
  std::optional<Error> failure_;
};

// The same event for several, in order. They outlive it.
class EventFan final : public EventSink {
 public:
  void add(EventSink& sink) { sinks_.push_back(&sink); }
  void take(const BreachEvent& event) override {
    for (EventSink* sink : sinks_) sink->take(event);
  }

 private:
  std::vector<EventSink*> sinks_;
};

}  // namespace scanner

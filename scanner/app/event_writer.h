// Events in one of the formats of engine/format, written as they arise.
#pragma once

#include "scanner/app/output_file.h"
#include "scanner/engine/format/event_format.h"

#include <memory>
#include <vector>

namespace scanner {

// The frame outlives it. After a failed write, further events are dropped: ask failure().
class EventWriter final : public EventSink {
 public:
  EventWriter(OutputFile out, std::unique_ptr<EventFormat> format, const JsonFrame& frame) : out_(std::move(out)), format_(std::move(format)), frame_(frame) {}

  void take(const BreachEvent& event) override { write(format_->event(event, frame_)); }
  void close() {
    write(format_->end());
    note(out_.close());
  }
  const std::optional<Error>& failure() const { return failure_; }

 private:
  void write(const std::string& text) {
    if (!text.empty()) note(out_.write(text));
  }
  void note(const Result<void>& result) {
    if (!result && !failure_) failure_ = result.error();
  }

  OutputFile out_;
  std::unique_ptr<EventFormat> format_;
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

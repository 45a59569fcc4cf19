// Breach events in the forms that other programs read (scanner/docs/formats.md has every
// mapping).
//
// A format only says again what the event says: no threshold, no opinion, no I/O. Whatever
// text an event carries, a line stays one line of valid UTF-8, and equal events give equal
// bytes. Our own NDJSON is the reference; --expect and the reports read nothing else.
#pragma once

#include "scanner/engine/event_json.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace scanner {

// One stream of events in one form; made anew for each place it is written to. One thread.
class EventFormat {
 public:
  virtual ~EventFormat() = default;
  // What to write now, whole lines with their ends; "" where the form waits for the end.
  virtual std::string event(const BreachEvent& event, const JsonFrame& frame) = 0;
  // What comes last, once.
  virtual std::string end() { return ""; }
};

struct EventFormatEntry {
  std::string_view name, about;
  std::unique_ptr<EventFormat> (*make)();
};

// All there are, our own first.
std::span<const EventFormatEntry> event_formats();
std::unique_ptr<EventFormat> make_event_format(std::string_view name);  // nullptr: there is none

}  // namespace scanner

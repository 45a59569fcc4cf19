// One line of a recording ↔ one event. scanner/docs/recording.md gives the form.
//
// A line is hostile input: whatever it holds gives an outcome, never an exception. Nesting is
// bounded before anything is built, numbers and lengths are checked against their ranges.
#pragma once

#include "scanner/model/event.h"

#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// The first line of every recording.
struct RecordingHeader {
  static constexpr int kVersion = 1;
  std::string boot;     // the boot of every process whose record names none
  std::string made_by;  // for people
  bool counts_packets = false;  // it was made with a capture, and says where in it its records stand
};

// Where in the capture beside it the records that follow stand: behind so many of its packets (and
// blocks of secrets), the last of which was captured then.
struct RecordPlace {
  std::uint64_t events = 0;
  Timestamp last_packet;
};

struct RecordedLine {
  enum class Outcome { Read, Place, UnknownKind, Damaged };
  Outcome outcome = Outcome::Read;
  std::string problem;                    // Damaged: what is wrong; UnknownKind: the kind
  std::vector<std::string> unknown_keys;  // at most kMaxUnknownKeys, cut to a few bytes

  // Only where it was read. Host: `record` is set; Tick: also for "end", which ends this
  // recording and not what it is merged with.
  EventKind kind = EventKind::Host;
  std::uint64_t lost = 0;  // Loss: packets
  HostRecord record;       // `record.at` holds for every kind
  RecordPlace place;       // only where it is a Place

  static constexpr std::size_t kMaxUnknownKeys = 8;
};

RecordedLine read_recorded_line(std::string_view line, const RecordingHeader& header);

// What is wrong with the first line; empty: nothing, and `header` is filled.
std::string read_recording_header(std::string_view line, RecordingHeader& header);

// The same as text, without the line's end.
std::string to_recorded_line(const HostRecord& record, const RecordingHeader& header);
std::string to_recorded_line(EventKind tick_loss_or_end, Timestamp at, std::uint64_t lost);
std::string to_recorded_line(const RecordPlace& place);
std::string to_recorded_line(const RecordingHeader& header);

}  // namespace scanner

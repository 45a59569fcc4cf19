// A breach event's arithmetic, done again from what the event says.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

struct EventStory {
  struct Finding {
    std::string kind, stage, source, reason, community_id, display_filter;
    double weight = 0;
    std::vector<std::uint32_t> packets;
    std::vector<std::string> matches;  // redacted, as the event has them
  };
  std::string id, incident, subject, activity, type, stage, traffic_stage, process_stage, file;
  std::uint32_t revision = 0;
  double confidence = 0;
  std::vector<std::string> arithmetic;  // a line each, ending in the result
  double recomputed = 0;                // agrees with `confidence` to 0.001, or something was changed
  std::vector<Finding> findings;
  std::vector<std::string> captures;    // files that the event names, of findings and of evidence

  bool agrees() const;
};

// Is the text (a file's beginning suffices) NDJSON or JSON of events?
bool looks_like_events(std::string_view text);

// The last revision of each incident, in the order of the text. Lines that are no events are
// counted in `unread`.
std::vector<EventStory> read_events(std::string_view text, std::size_t& unread);

}  // namespace scanner

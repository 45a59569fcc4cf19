// What every format needs to know of an event, worked out in one place.
#pragma once

#include "scanner/engine/event_json.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// MITRE ATT&CK describes what adversaries do: here it labels conduct, never a person. An
// empty `technique` says that no technique fits.
struct Technique {
  std::string_view tactic_id, tactic;
  std::string_view technique_id, technique;
  std::string_view sub_id, sub_name;  // may be empty

  std::string_view id() const { return sub_id.empty() ? technique_id : sub_id; }
  std::string_view name() const { return sub_id.empty() ? technique : sub_name; }
};
inline constexpr std::string_view kAttackVersion = "19";

struct ActivityFacts {
  std::string_view activity;
  unsigned number;          // never changes, never used again
  std::string_view conduct;  // "takes part in a mining pool"
  Technique technique;
};
// Of the declaration's closed list; for any other text the last entry, number 0.
const ActivityFacts& facts_of(std::string_view activity);

// What this revision says of its incident.
enum class Change : std::uint8_t { Opened, Updated, Closed, Merged };
Change change_of(const BreachEvent& event);
std::string_view to_string(Change change);  // "opened", …

std::string_view kind_of(const BreachEvent& event);  // "breach", "indicator", "permitted"
// Of the modes that walk the whole way and must never call anybody.
bool is_rehearsal(const BreachEvent& event);  // "shadow", "test"
bool is_alert(const BreachEvent& event);      // a breach, and no rehearsal
unsigned severity_rank(const BreachEvent& event);    // 2 low, 3 medium, 4 high, 5 critical; 1: none
unsigned confidence_percent(const BreachEvent& event);  // 0..100

std::string headline(const BreachEvent& event);  // "mining.pool at proof": the same for all such events
std::string sentence(const BreachEvent& event);  // who does what, where, and on what ground
std::string policy_text(const BreachEvent& event);  // "clause 9.1, item 4-1, edition 1"

// The finding that stands for the event where a format has room for one: the first, and so
// the highest, with a flow or with a process. nullptr: none has.
const Finding* decisive_flow(const BreachEvent& event);
const Finding* decisive_process(const BreachEvent& event);

// Addresses of subject and flows, and names of pools that are names of hosts; each once, in
// order of appearance.
std::vector<std::string> addresses_of(const BreachEvent& event);
std::vector<std::string> hosts_of(const BreachEvent& event);
// The host in "HOST", "HOST:PORT"; "" unless it is a name of at least two labels.
std::string host_in(std::string_view pool);

std::string command_line(const ProcessStarted& process);  // words parted by spaces
std::int64_t milliseconds(Timestamp at);                  // since 1970

// The event's own data as a JSON text, without what every format maps: findings, window,
// and the subject's address.
std::string own_data(const BreachEvent& event, const JsonFrame& frame);

// One line of valid UTF-8 without control or direction characters, which become '?', cut
// between characters to at most `limit` bytes.
std::string clean_text(std::string_view text, std::size_t limit);

}  // namespace scanner

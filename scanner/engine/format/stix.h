// A STIX 2.1 bundle (docs.oasis-open.org/cti/stix/v2.1), one line at the end: what was seen as
// observed-data with its addresses, flows, names and processes, and for breaches alone an
// indicator of the pool's end with its sighting.
//
// - The last revision of an incident counts; one that was merged is told by the other.
// - Nothing that proves nothing becomes an indicator, nor a subject, nor an address that
//   means something else at every site. The bundle is marked TLP:AMBER: it names customers.
// - Ids are the same in every run: UUIDv5 in the standard's name space for cyber-observables,
//   in our own for the rest.
#pragma once

#include "scanner/engine/format/event_format.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace scanner {

// Holds at most kMaxIncidents and of each kMaxEvidence findings; a note in the bundle counts
// the incidents that found no room.
class StixBundle final : public EventFormat {
 public:
  static constexpr std::size_t kMaxIncidents = 20'000;
  static constexpr std::size_t kMaxEvidence = 16;

  std::string event(const BreachEvent& event, const JsonFrame& frame) override;
  std::string end() override;

 private:
  std::map<std::string, BreachEvent> by_incident_;
  std::uint64_t left_out_ = 0;
};

// A name-based UUID (RFC 4122 §4.3, SHA-1). `space` and the result are in the textual form.
std::string uuid5(std::string_view space, std::string_view name);

}  // namespace scanner

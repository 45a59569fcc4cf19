// Which packets belong into the evidence slice of which incident.
//
// Seen twice: note() for every packet of the captures in their order, choose(), and then
// the chosen packets are found again with slices_with(), in the same order. In between,
// what is remembered of a packet is where it is and how long.
//
// A slice holds, for the findings that the event lists and in their order, the whole flow
// from its first packet on, for as long as the incident's budget lasts; the decisive packets
// and their neighbours in the flow whatever the budget says; and the DNS exchanges that told
// the subject the other end's name. A flow that begins anew with the same tuple is another.
#pragma once

#include "scanner/io/name_trail.h"
#include "scanner/model/breach_event.h"
#include "scanner/model/packet.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace scanner {

struct EvidenceBudget {
  std::uint64_t bytes_per_incident = 4 * 1024 * 1024;
  std::size_t max_packets = 4'000'000;  // of all flows together, remembered; 12 bytes each
};

// What choose() decided for one incident.
struct PlannedSlice {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;  // of captured data
  std::uint64_t flows = 0;  // of which packets are in it
  bool cut = false;         // packets of a listed flow had to stay outside
};

class EvidencePlan {
 public:
  // The incidents by number, as in `incidents`.
  EvidencePlan(const std::vector<const BreachEvent*>& incidents, const NameTrail& names, const EvidenceBudget& budget);
  ~EvidencePlan();

  void note(const Packet& packet);
  void choose();

  const PlannedSlice& slice(std::size_t incident) const;
  // The numbers of the incidents whose slice has this packet, ascending. Packets of one file
  // must be asked for in ascending order; rewind() begins anew.
  std::span<const std::uint32_t> slices_with(const Packet& packet);
  void rewind();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace scanner

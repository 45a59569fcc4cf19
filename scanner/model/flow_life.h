// The steps in a flow's life that say something of conduct: whether a first packet was
// answered, how much a second carried, how it ended. Facts, without opinion.
//
// Made for nearly every flow, so they are small, own no memory, and stand apart from the
// observations; both come to the judgement in one total order.
#pragma once

#include "scanner/model/flow_ref.h"
#include "scanner/model/time.h"

#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace scanner {

// From so many packets a second on a flow's seconds are told.
inline constexpr std::uint32_t kVolumePackets = 200;
// The answer to a SYN that was not captured is told again from so many on: nobody repeats it so
// often to one SYN (Linux five times, others less).
inline constexpr std::uint64_t kRepeatedAnswers = 8;

enum class LifeStep : std::uint8_t {
  Answered,    // the initiator's first packet, by anything but a TCP reset
  Refused,     // TCP: by a reset
  Unanswered,  // not within FlowLimits::answer_patience, or not until the flow or the run ended.
               // TCP: and the initiator did not go on either, as it does where only its own
               // side was captured
  Unasked,     // TCP: it begins with an answer to a SYN that was not captured, if there was one;
               // again at kRepeatedAnswers and whenever they have doubled, while nobody says
               // anything else
  Volume,      // a second in which one direction carried FlowLimits::volume_packets or more:
               // datagrams, or TCP segments to an end that says nothing
  Ended,       // the flow is over. Only of flows to a port of FlowLimits::told_ports that carried
               // payload both ways, and of datagrams that grew on the way back
};

// A set of steps.
using LifeSteps = std::uint8_t;
constexpr LifeSteps steps(std::initializer_list<LifeStep> of) {
  LifeSteps set = 0;
  for (const LifeStep step : of) set = static_cast<LifeSteps>(set | 1U << static_cast<unsigned>(step));
  return set;
}
constexpr bool contains(LifeSteps set, LifeStep step) { return (set >> static_cast<unsigned>(step) & 1U) != 0; }
inline constexpr std::size_t kLifeStepCount = 6;

struct FlowLife {
  Timestamp at;     // engine time when it was noticed
  Timestamp from;   // when the flow began; Volume: when the second began
  Timestamp last;   // its last packet so far
  std::uint64_t sequence = 0;  // with `order` a total order, shared with Observation
  std::uint32_t order = 0;
  std::uint32_t frame = 0;     // the flow's first packet; Volume: the one after the second
  std::uint16_t file = 0;
  LifeStep step = LifeStep::Answered;
  bool clock_corrected = false;
  bool run_ended = false;      // nothing more could come: the run was over
  FlowRef flow;
  // By Direction. Volume: in that second; else since the beginning. Bytes of transport payload.
  std::uint64_t packets[2] = {0, 0};
  std::uint64_t bytes[2] = {0, 0};
};

}  // namespace scanner

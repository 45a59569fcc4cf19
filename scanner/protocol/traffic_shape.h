// The shape of one conversation, as it grows: stretches of one side's bytes, told apart into
// requests, answers, reactions and pushes (model/shape_features.h), and the sums from which the
// features follow. Nothing of what is said is kept.
//
// A stretch is what one side sends without a pause of 250 ms or a word from the other. An answer
// comes within ten seconds of what it answers; what follows an answer within one second is part
// of it. A reaction is the initiator's word within one second of a push.
//
// At most 240 bytes, no allocation. Times are the packets' own, in order.
#pragma once

#include "scanner/model/bytes.h"
#include "scanner/model/flow_ref.h"
#include "scanner/model/shape_features.h"
#include "scanner/model/time.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace scanner {

class TrafficShape {
 public:
  TrafficShape() = default;
  // `first_speaker`: who sent the flow's first payload; nothing where that was not seen.
  TrafficShape(Timestamp from, std::optional<Direction> first_speaker);

  // How many of the `size` bytes at this TCP sequence number are new, i.e. no retransmission.
  std::uint32_t fresh(Direction sender, std::uint32_t sequence, std::uint32_t size);
  // `sender` sent so many new bytes. `start`: the first of the packet's payload; of a stretch's
  // first packet it is looked at whether they can be read.
  void take(Direction sender, std::uint32_t bytes, Bytes start, Timestamp at);

  // Up to `now`; the stretch that is going on counts as it stands.
  ShapeSeen seen(Timestamp now) const;

  Timestamp watched_since() const { return began_; }
  Timestamp last() const { return std::max(last_of_[0], last_of_[1]); }
  // Of the stretches whose start could be judged, most look encrypted or compressed.
  bool looks_sealed() const { return sealed_ > 4 * written_; }
  std::uint64_t bytes() const { return std::uint64_t{bytes_[0]} + bytes_[1]; }

 private:
  enum class Kind : std::uint8_t { None, Request, Reaction, Answer, FollowUp, Push };
  static constexpr std::size_t kSized = 3;  // requests, answers, pushes
  struct Spread {
    float mean = 0, squares = 0;  // of the deviations
    void add(float value, std::uint32_t count);  // `count`: with this one
    float deviation(std::uint32_t count) const;  // needs two
  };
  struct Sizes {
    Spread log;
    std::uint16_t count = 0, repeats = 0;
    std::array<std::uint16_t, 3> last{};
    std::uint8_t oldest = 0;
    void add(std::uint32_t bytes);
  };

  std::uint32_t ticks_at(Timestamp at) const;
  void begin(Direction sender, Timestamp at);
  void begin_request(Timestamp at);
  void begin_response(Timestamp at);
  void end_stretch();
  void pass_half_minutes(Timestamp at);

  Timestamp began_;
  std::array<Timestamp, 2> last_of_;  // by Direction: when it last sent
  // Ticks: tenths of milliseconds since began_, modulo 2^32 (five days).
  std::array<std::uint32_t, ShapeSeen::kPushTimes> push_times_{};  // of the last ones
  std::uint32_t last_request_ = 0;
  std::array<Sizes, kSized> sizes_;
  Spread delay_, request_gap_, push_gap_, request_log_gap_, push_log_gap_, between_, half_minutes_;
  std::array<std::uint32_t, 2> bytes_{};
  std::array<std::uint32_t, 2> sequence_end_{};
  std::uint32_t requests_ = 0, reactions_ = 0, answers_ = 0, pushes_ = 0;
  std::uint32_t stretch_ = 0, largest_ = 0, longest_silence_ms_ = 0;
  std::uint16_t between_now_ = 0, half_minute_now_ = 0, half_minutes_passed_ = 0, follow_ups_ = 0;
  std::uint16_t sealed_ = 0, written_ = 0;
  std::uint16_t last_push_turn_ = 0;  // how often the ticks had begun anew at the last push
  Kind kind_ = Kind::None, responder_ = Kind::None;
  bool asked_ = false, push_unmet_ = false;
  std::uint8_t first_speaker_ = 2, anchored_ = 0;
};
static_assert(sizeof(TrafficShape) <= 240);

}  // namespace scanner

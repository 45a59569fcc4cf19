// Did a share arrive, where no answer to it was seen? What acknowledgements tell (DESIGN §2).
#pragma once

#include "scanner/model/time.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace scanner {

// A share that has no answer this long after it was sent, and was acknowledged, counts as
// delivered. Long enough for an answer of its own to come first.
inline constexpr Duration kAnswerGrace = std::chrono::seconds(5);

struct DeliveryWatch {
  Timestamp at;                        // when it was sent
  std::uint64_t end = 0;               // stream position behind it
  bool delivered = false;              // reported as such
  bool heard_more = false;             // the miner acknowledged bytes that came after it
  std::optional<std::uint64_t> heard;  // what the miner had acknowledged soon after it

  // The pool's side was not captured; the miner acknowledged it up to `mark`: does it go on
  // hearing from the pool?
  void hear(Timestamp now, std::uint64_t mark) {
    if (now <= at) return;
    if (!heard)
      heard = mark;
    else if (mark > *heard)
      heard_more = true;
  }

  // Known to have arrived, and not reported yet? `arrived`: what the pool acknowledged.
  bool due(Timestamp now, std::uint64_t arrived, bool at_end) const {
    if (delivered || (!at_end && now < at + kAnswerGrace)) return false;
    return heard_more || arrived >= end;
  }
};

}  // namespace scanner

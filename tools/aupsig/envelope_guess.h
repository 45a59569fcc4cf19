// What the parts of a request and its answer are called, found out from a conversation alone:
// ids come back, names repeat, parameters are what else a request carries.
#pragma once

#include "scanner/signature/dialect.h"
#include "tools/aupsig/talk.h"

#include <cstdint>
#include <optional>

namespace scanner {

struct EnvelopeGuess {
  Envelope names;
  Direction asker = Direction::FromInitiator;  // the side whose ids come back
  std::uint64_t answered = 0;                  // requests of which an answer was seen
  bool params_known = false, result_known = false, error_known = false;  // else the custom's names
};

// Nothing where no side asks with a name and an id. The customary names win where they do.
std::optional<EnvelopeGuess> guess_envelope(const Talk& talk);

}  // namespace scanner

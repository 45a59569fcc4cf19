// Evidence held against the event that names it: is it there, is it what it was, and does it
// show what the event claims.
#pragma once

#include "scanner/app/setup.h"
#include "scanner/io/evidence_seal.h"
#include "scanner/io/outbox_verify.h"

#include <optional>
#include <string>

namespace scanner {

enum class EvidenceState : std::uint8_t {
  Whole,      // as it was stored; not opened or not replayed
  Shown,      // opened, replayed: the same activity and stage
  Removed,    // a record says that it went
  Missing,
  Changed,    // its hash is another
  Closed,     // sealed for others: cannot be opened with the identity
  Different,  // replayed, it shows something else
};

struct EvidenceResult {
  EvidenceClaim claim;
  EvidenceState state = EvidenceState::Whole;
  std::string detail;  // one sentence's end; may be empty
};

// `identity` nullptr: sealed files are only hashed. `setup` nullptr: nothing is replayed. What
// is opened is kept in memory and never written to a disk.
EvidenceResult check_evidence(const EvidenceClaim& claim, const std::string& directory, const Identity* identity, const Setup* setup);

std::string_view evidence_word(EvidenceState state);  // "whole", "shown", …
bool is_bad(EvidenceState state);                     // Missing, Changed, Closed

}  // namespace scanner

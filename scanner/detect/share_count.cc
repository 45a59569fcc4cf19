#include "scanner/detect/share_count.h"

#include "scanner/detect/coins.h"

#include <algorithm>

namespace scanner {

void count_shares(MiningFacts& mining, ShareWorth& worth, const Observation& observation, const MiningSeen& seen) {
  mining.clock_clamped = mining.clock_clamped || observation.clock_corrected;
  if (seen.difficulty > 0) worth.difficulty = seen.difficulty;
  if (seen.target_hashes > 0) worth.target_hashes = seen.target_hashes;
  const bool work = (seen.role == MiningRole::Job && seen.outcome == MiningOutcome::Notified) ||
                    ((seen.role == MiningRole::GetWork || seen.role == MiningRole::Authorise) && seen.outcome == MiningOutcome::Accepted);
  if (work && mining.first_work.ns == 0) mining.first_work = observation.at;
  if (seen.role != MiningRole::Submit) return;
  switch (seen.outcome) {
    case MiningOutcome::Asked: ++mining.submitted; break;
    case MiningOutcome::Refused: ++mining.rejected; break;
    case MiningOutcome::Accepted: {
      ++mining.accepted;
      if (mining.submitted < mining.accepted + mining.rejected) mining.submitted = mining.accepted + mining.rejected;
      if (mining.first_work.ns == 0) mining.first_work = seen.asked_at.ns != 0 ? seen.asked_at : observation.at;
      mining.last_share = std::max(mining.last_share, observation.at);
      const double factor = hashes_per_difficulty(mining.algorithm);
      const double hashes = worth.target_hashes > 0 ? worth.target_hashes : worth.difficulty * factor;
      mining.difficulty += worth.difficulty;
      mining.hashes += hashes;
      if (hashes <= 0) mining.hashes_known = false;
      break;
    }
    case MiningOutcome::Delivered:
    case MiningOutcome::Notified: break;
  }
}

}  // namespace scanner

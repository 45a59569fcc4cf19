// The shares of one mining conversation: how many, and how much work they stand for.
#pragma once

#include "scanner/model/finding.h"
#include "scanner/model/observation.h"

namespace scanner {

// What is in force for the next shares.
struct ShareWorth {
  double difficulty = 0;     // in the pool's own unit; 0: not told
  double target_hashes = 0;  // expected hashes of a share, where the messages tell; else 0
};

// Takes one message into `mining`, whose algorithm is what is known of it so far.
void count_shares(MiningFacts& mining, ShareWorth& worth, const Observation& observation, const MiningSeen& seen);

}  // namespace scanner

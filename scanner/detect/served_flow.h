// One conversation as its server stands in it: which rung answering it is worth.
//
// The rungs are the miner's (mining_flow.h), with two differences, both in the server's favour:
// - Only what it answered counts. A request that it ignored or refused says nothing of it, and
//   neither does a share that merely arrived.
// - Anybody can connect, and some services say yes to everything: honeypots do, and strangers
//   log in to any open port 3333 to find out what it is. So a log-in that was granted, even
//   with work, to a client that hands in nothing and is soon gone is what a probe leaves, and
//   stays `contact` however many do so. It is a session once it is more than that: a share was
//   accepted, work was handed out for longer than kProbe, the client is one of ours (its own
//   log-in is as certain), or the server itself has a session with a pool, as proxies do.
#pragma once

#include "scanner/detect/mining_flow.h"

#include <chrono>
#include <string>

namespace scanner {

// Scanners close within seconds; a miner on a fair difficulty hands in a share within minutes.
constexpr Duration kProbe = std::chrono::minutes(5);

struct ServedFacts {
  LadderFacts ladder;
  bool answered = false;      // something was granted or pushed
  bool pool = false;          // by dialect, log-in or worker: not a coin daemon
  bool client_is_local = false;
  bool has_upstream = false;  // the server has a session with a pool or takes work from a node
  Timestamp first_work, last_work;  // handed out; zero: none
};

// Takes one message into the facts. `clock_corrected`: its time is not what the source said.
void note_served(ServedFacts& facts, const MiningSeen& seen, Timestamp at, bool clock_corrected);

Stage served_stage(const ServedFacts& facts);
// One sentence for the rung.
std::string served_reason(const ServedFacts& facts);

}  // namespace scanner

// A miner's traffic as a capture file, and the program run on it.
#pragma once

#include "scanner/app/replay.h"
#include "tests/support/tcp_dialogue.h"
#include "tests/support/temp_directory.h"

#include <string>
#include <vector>

namespace scanner::test {

// A session in the CryptoNote dialect up to accepted shares: log-in, job, shares and answers.
TcpDialogue miner_dialogue(std::size_t shares);
// The segments of several conversations in the order of time, as a pcapng.
void write_capture(const std::string& path, const std::vector<const TcpDialogue*>& dialogues, const std::vector<std::pair<Timestamp, Buffer>>& others = {});

struct ReplayResult {
  ExitCode code = ExitCode::Done;
  std::vector<std::string> events;  // of --events, a line each
  std::string output;               // what went to standard output
  std::string messages;             // and to standard error
};
// Runs replay() with the rules of this checkout. `options.events` is filled in where it is empty.
ReplayResult run_replay(ReplayOptions options);

}  // namespace scanner::test

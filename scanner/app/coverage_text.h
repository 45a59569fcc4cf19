// What a run covered, in words: the proof behind "nothing found".
#pragma once

#include "scanner/engine/flow_stage.h"

#include <string>
#include <utility>
#include <vector>

namespace scanner {

struct RunCoverage {
  Coverage counts;
  std::size_t files = 0;
  Timestamp first, last;  // of the events' times; equal and zero where there were none
};

// Lines of a title ("covered", "time", "undecoded", "missing", "doubtful") and its text,
// which is there also where there was nothing of it: that is what the reader asks for. And
// "decrypted", where there were keys.
std::vector<std::pair<std::string, std::string>> coverage_lines(const RunCoverage& coverage);

// Packets that no flow could be made of although they should have been IP.
std::uint64_t undecoded(const Coverage& coverage);

}  // namespace scanner

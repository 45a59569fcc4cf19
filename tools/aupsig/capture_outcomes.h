// One capture under several packs: read once, judged by each exactly as `aupscan replay` would.
#pragma once

#include "scanner/app/setup.h"
#include "scanner/model/address.h"
#include "tools/aupsig/outcome.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace scanner {

// What one pack makes of a capture.
struct PackOutcomes {
  std::vector<Outcome> verdicts;
  std::vector<std::uint64_t> hits;  // by the signature's index: how often its condition held
  std::uint64_t dropped = 0;        // incidents that were too many to keep
};

struct CaptureOutcomes {
  std::string error;  // nothing could be read; the rest is empty then
  bool partial = false;
  std::vector<std::string> warnings;
  std::uint64_t packets = 0, bytes = 0;
  std::vector<PackOutcomes> packs;  // in the order of the packs
};

// One thread at a time. `packs` outlive it and may be shared between threads.
CaptureOutcomes judge_capture(const std::string& path, const std::vector<const Setup*>& packs);

}  // namespace scanner

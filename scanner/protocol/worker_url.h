// Miners that log in by address: http://pool/0xWALLET/rig, http://pool/?miner=30@0xWALLET@rig.
#pragma once

#include <string>
#include <string_view>

namespace scanner {

// The worker that a request target names, as written there; "" where it names none.
std::string worker_in_target(std::string_view target);

}  // namespace scanner

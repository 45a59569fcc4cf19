// Any bytes as lines with log-ins in both directions, and what they turn to (see flow_fuzz.h).
#include "tests/fuzz/flow_fuzz.h"
#include "tests/fuzz/shipped_dialects.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scanner;
  fuzz::read_in_two_cuts({data, size}, 21, fuzz::only("line_upgrade"), fuzz::shipped_dialects());
  return 0;
}

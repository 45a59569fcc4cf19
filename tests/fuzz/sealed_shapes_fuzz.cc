// Any bytes as a conversation that cannot be read; see flow_fuzz.h.
#include "tests/fuzz/flow_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scanner;
  static const DialectSet kNoDialects;
  fuzz::read_in_two_cuts({data, size}, 34254, fuzz::only("sealed_shapes"), kNoDialects);
  return 0;
}

// Any bytes as a Duino-Coin conversation; see flow_fuzz.h.
#include "tests/fuzz/flow_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scanner;
  static const DialectSet kNoDialects;
  fuzz::read_in_two_cuts({data, size}, 2811, fuzz::only("duino"), kNoDialects);
  return 0;
}

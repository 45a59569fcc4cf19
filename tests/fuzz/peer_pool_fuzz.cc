// Any bytes as messages of Bitcoin's P2Pool; see flow_fuzz.h.
#include "tests/fuzz/flow_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scanner;
  static const DialectSet kNoDialects;
  fuzz::read_in_two_cuts({data, size}, 9333, fuzz::only("p2pool"), kNoDialects);
  return 0;
}

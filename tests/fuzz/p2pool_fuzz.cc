// Any bytes as the handshake of Monero's P2Pool; see flow_fuzz.h.
#include "tests/fuzz/flow_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scanner;
  static const DialectSet kNoDialects;
  fuzz::read_in_two_cuts({data, size}, 37889, fuzz::only("p2pool-monero"), kNoDialects);
  return 0;
}

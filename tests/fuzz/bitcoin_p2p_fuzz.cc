// Any bytes as a stream of Bitcoin messages; see flow_fuzz.h.
#include "tests/fuzz/flow_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scanner;
  static const DialectSet kNoDialects;
  fuzz::read_in_two_cuts({data, size}, 8333, fuzz::only("bitcoin"), kNoDialects);
  return 0;
}

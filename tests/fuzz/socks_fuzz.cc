// Any bytes as SOCKS in both directions, with what follows the handshake (see flow_fuzz.h).
#include "tests/fuzz/flow_fuzz.h"
#include "tests/fuzz/shipped_dialects.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scanner;
  fuzz::read_in_two_cuts({data, size}, 1080, stream_protocols(), fuzz::shipped_dialects());
  return 0;
}

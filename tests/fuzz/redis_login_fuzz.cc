// Any bytes as Redis commands and answers in both directions (see flow_fuzz.h).
#include "tests/fuzz/flow_fuzz.h"
#include "tests/fuzz/shipped_dialects.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scanner;
  fuzz::read_in_two_cuts({data, size}, 6379, fuzz::only("redis_login", 2), fuzz::shipped_dialects());
  return 0;
}

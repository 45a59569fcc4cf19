// Any bytes as the first packets of MS SQL Server in both directions (see flow_fuzz.h).
#include "tests/fuzz/flow_fuzz.h"
#include "tests/fuzz/shipped_dialects.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scanner;
  fuzz::read_in_two_cuts({data, size}, 1433, fuzz::only("tds_login", 1), fuzz::shipped_dialects());
  return 0;
}

// Any bytes as HTTP/1 in both directions (see flow_fuzz.h), as a head, and as what logs in.
#include "scanner/protocol/http1_head.h"
#include "scanner/protocol/http_login.h"
#include "tests/fuzz/flow_fuzz.h"
#include "tests/fuzz/shipped_dialects.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scanner;
  fuzz::read_in_two_cuts({data, size}, 80, fuzz::only("http1"), fuzz::shipped_dialects());
  (void)read_http_head(as_text({data, size}));
  (void)login_of_authorization(as_text({data, size}));
  (void)login_of_form(as_text({data, size}));
  return 0;
}

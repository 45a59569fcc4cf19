// Any bytes as a TLS stream (see flow_fuzz.h), a client hello and a certificate.
#include "scanner/protocol/tls.h"

#include "tests/fuzz/flow_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scanner;
  static const DialectSet kNoDialects;
  fuzz::read_in_two_cuts({data, size}, 443, fuzz::only("tls"), kNoDialects);
  (void)tls::parse_client_hello({data, size});
  (void)tls::parse_certificate({data, size});
  return 0;
}

// Any bytes as a TLS key log.
#include "scanner/protocol/tls_secrets.h"

#include <algorithm>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scanner;
  TlsSecrets secrets;
  secrets.read_key_log({data, size}, 1);
  TlsSessionSecrets found;
  if (size >= 32 && secrets.find({data, 32}, 1, found) && secrets.empty()) std::abort();
  if (secrets.find({data, std::min<std::size_t>(size, 32)}, 0, found)) std::abort();  // none is known before 1
  return 0;
}

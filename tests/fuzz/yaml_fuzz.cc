// Any text as a signature's file: it is loaded, or everything wrong with it has a place.
#include "scanner/signature/load.h"

#include <cstdint>
#include <cstdlib>

using namespace scanner;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<Signature> signatures;
  Diagnostics diagnostics;
  load_signature("fuzz.yaml", text, signatures, diagnostics);
  if (signatures.empty() != has_errors(diagnostics)) std::abort();
  for (const Diagnostic& d : diagnostics) {
    if (d.message.empty() || d.code.empty() || d.at.line < 0 || d.at.column < 0) std::abort();
    to_text(d);
  }
  return 0;
}

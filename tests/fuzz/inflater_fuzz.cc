// Any bytes as compressed text, in two cuts that must agree.
#include "scanner/protocol/inflater.h"

#include <cstdlib>
#include <string>

namespace {

std::string inflated(scanner::Inflater::Form form, scanner::Bytes bytes, std::size_t piece) {
  scanner::Inflater inflater(form, 1 << 20);
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    inflater.feed(bytes.subspan(at, std::min(piece, bytes.size() - at)));
    for (scanner::Bytes next = inflater.next(); !next.empty(); next = inflater.next()) out += scanner::as_text(next);
  }
  if (out.size() > (1u << 20)) std::abort();
  return out + (inflater.failed() ? "!" : "");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto form = static_cast<scanner::Inflater::Form>(data[0] % 3);
  const scanner::Bytes bytes(data + 1, size - 1);
  if (bytes.empty()) return 0;
  const std::string whole = inflated(form, bytes, bytes.size());
  const std::string pieces = inflated(form, bytes, 1 + data[0] / 3);
  // How much came out before a failure may differ; what came out may not.
  if (!whole.ends_with('!') && pieces != whole) std::abort();
  return 0;
}

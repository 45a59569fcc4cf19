// Any text as a whole pack (pack_sections.h has the form): lint tells what is wrong with it,
// each problem with a place, and says the same again.
//
// Why it ends in time: every reader is bounded (16 MiB, 64 levels, 200,000 values, 100 problems
// a file), a pattern is measured before Hyperscan sees it (at most 8,000 steps, 16,000 a
// signature), and the files of one pack are at most 8 here. So the slowest input is 8
// signatures of patterns that are as large as is allowed, some seconds each to compile.
#include "tests/support/pack_sections.h"
#include "tools/aupsig/lint_output.h"

#include <cstdint>
#include <cstdlib>

using namespace scanner;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const test::PackSections pack = test::split_pack({reinterpret_cast<const char*>(data), size}, 8);
  const auto result = lint_pack({pack.files, pack.baseline, "2026-11-30", pack.exceptions});
  require(result.has_value());
  for (const Diagnostic& d : result->problems) require(!d.message.empty() && !d.code.empty() && d.at.line >= 0 && d.at.column >= 0);
  for (const Suppressed& one : result->suppressed) require(!one.reason.empty() && one.diagnostic.severity == Severity::Warning);
  require(!lint_text(*result).empty() && !lint_json(*result).empty() && !lint_sarif(*result, "0.0.0").empty());
  return 0;
}

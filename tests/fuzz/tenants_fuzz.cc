// A tenants file and a panel from anybody: diagnostics or values, never anything else; and
// what was read of tenants is told the same after a recording.
#include "scanner/io/recording_line.h"
#include "scanner/policy/panel.h"
#include "scanner/policy/tenants.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scanner;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Diagnostics diagnostics;
  const auto tenants = load_tenants("tenants.yaml", text, diagnostics);
  if (!tenants && diagnostics.empty()) std::abort();
  diagnostics.clear();
  if (!load_panel("panel.yaml", text, diagnostics) && diagnostics.empty()) std::abort();
  if (!tenants) return 0;
  const RecordingHeader header;
  for (const Attributed& claim : tenants->claims) {
    const std::string line = to_recorded_line(HostRecord{{1'000'000'000}, claim}, header);
    const RecordedLine read = read_recorded_line(line, header);
    if (read.outcome == RecordedLine::Outcome::Read && to_recorded_line(read.record, header) != line) std::abort();
  }
  return 0;
}

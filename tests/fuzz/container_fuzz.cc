// A container's description as its engine wrote it, parts of it by the container's owner: what is
// read is bounded, and is told the same after a recording.
#include "scanner/io/attribution_watch.h"
#include "scanner/io/recording_line.h"

#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scanner;
  const std::string id(64, 'a'), text(reinterpret_cast<const char*>(data), size);
  for (const auto parse : {parse_docker_container, parse_containerd_container}) {
    const auto container = parse(id, text);
    if (!container) continue;
    if (container->labels.size() > 64 || container->addresses.size() > 64 || container->name.size() > 256 || container->image.size() > 256) std::abort();
    const RecordingHeader header;
    const std::string line = to_recorded_line(HostRecord{{1'000'000'000}, *container}, header);
    const RecordedLine read = read_recorded_line(line, header);
    if (read.outcome == RecordedLine::Outcome::Read && to_recorded_line(read.record, header) != line) std::abort();
  }
  return 0;
}

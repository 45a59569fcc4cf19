#include "scanner/io/sink_cursor.h"

#include <cerrno>
#include <nlohmann/json.hpp>

namespace scanner {

std::string cursor_path(const std::string& directory, const std::string& name) { return directory + "/cursor-" + name + ".json"; }

Result<SinkCursor> read_cursor(Disk& disk, const std::string& path) {
  const auto text = disk.read(path, 0, 4096);
  if (!text && text.error().code == ENOENT) return SinkCursor{};
  if (!text) return fail(text.error().message);
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  if (!json.is_object() || !json.contains("sequence") || !json["sequence"].is_number_unsigned()) return fail(path + ": is no cursor");
  return SinkCursor{json["sequence"].get<std::uint64_t>()};
}

DiskResult<void> write_cursor(Disk& disk, const std::string& path, const SinkCursor& cursor) {
  return replace_file(disk, path, as_bytes("{\"sequence\":" + std::to_string(cursor.sequence) + "}\n"));
}

}  // namespace scanner

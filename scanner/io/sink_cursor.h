// How far a sink got: one small file, replaced as a whole when an acknowledgement arrived.
#pragma once

#include "scanner/io/disk.h"
#include "scanner/model/result.h"

#include <cstdint>
#include <string>

namespace scanner {

struct SinkCursor {
  std::uint64_t sequence = 0;  // of the last record that it has; 0: none
};

// DIRECTORY/cursor-NAME.json
std::string cursor_path(const std::string& directory, const std::string& name);

// The beginning where there is none. An Error: it cannot be read, or it is none; the caller
// says so and begins at the beginning, since receivers know an event by its id.
Result<SinkCursor> read_cursor(Disk& disk, const std::string& path);

// Durable when it returns. Equal cursors are equal bytes.
DiskResult<void> write_cursor(Disk& disk, const std::string& path, const SinkCursor& cursor);

}  // namespace scanner

// Whole small files: configuration, signatures, expectations.
#pragma once

#include "scanner/model/result.h"

#include <cstddef>
#include <string>

namespace scanner {

// Refuses directories, and files of more than `max_bytes`.
Result<std::string> read_text_file(const std::string& path, std::size_t max_bytes = 64 * 1024 * 1024);

// Writes beside the target and renames, so that a reader sees the old or the new content.
Result<void> write_text_file(const std::string& path, const std::string& content);

}  // namespace scanner

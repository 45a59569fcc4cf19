// Plain USTAR archives in memory: what a pack is. Regular files and nothing else; the same files
// give the same bytes on every machine.
#pragma once

#include "scanner/model/bytes.h"
#include "scanner/model/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

struct TarFile {
  std::string path;  // relative, '/' between parts; see is_safe_path
  std::string content;
  friend bool operator==(const TarFile&, const TarFile&) = default;
};

struct TarLimits {
  std::size_t files = 20'000;
  std::size_t bytes = 64 * 1024 * 1024;  // of all content
};

// Parts of letters, digits, '.', '_', '-', '+' and '=', none of which begins with a dot; at most
// 12 of them and 200 bytes. Such a path stays below whatever directory it is put into.
bool is_safe_path(std::string_view path);

// In the order given, without times and owners. An Error: a path that USTAR cannot hold.
Result<std::string> write_tar(const std::vector<TarFile>& files);
// An Error: no such archive, a path that is not safe or is there twice, a link, a directory or
// another thing that is no regular file, or a limit.
Result<std::vector<TarFile>> read_tar(Bytes archive, const TarLimits& limits = {});

}  // namespace scanner

#include "scanner/io/text_file.h"
#include "scanner/io/system_error.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace scanner {

Result<std::string> read_text_file(const std::string& path, std::size_t max_bytes) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return fail(path + ": is a directory");
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(path + ": " + system_error());
  std::string content;
  char block[65536];
  while (file.read(block, sizeof block), file.gcount() > 0) {
    content.append(block, static_cast<std::size_t>(file.gcount()));
    if (content.size() > max_bytes) return fail(path + ": larger than " + std::to_string(max_bytes) + " bytes");
  }
  if (file.bad()) return fail(path + ": cannot be read to its end");
  return content;
}

Result<void> write_text_file(const std::string& path, const std::string& content) {
  const std::string beside = path + ".new";
  {
    std::ofstream file(beside, std::ios::binary | std::ios::trunc);
    if (!file) return fail(beside + ": " + system_error());
    file << content;
    file.flush();
    if (!file) return fail(beside + ": cannot be written");
  }
  std::error_code error;
  std::filesystem::rename(beside, path, error);
  if (error) return fail(path + ": " + error.message());
  return {};
}

}  // namespace scanner

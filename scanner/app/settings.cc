#include "scanner/app/settings.h"

#include <filesystem>

namespace scanner {

std::string beside(const std::string& file, const std::string& path) {
  const std::filesystem::path given(path);
  return path.empty() || given.is_absolute() ? path : (std::filesystem::path(file).parent_path() / given).string();
}

}  // namespace scanner

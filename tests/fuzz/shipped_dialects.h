// The dialects that the project ships, for fuzz targets.
#pragma once

#include "scanner/io/text_file.h"
#include "scanner/signature/dialect.h"
#include "places.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace scanner::fuzz {

inline const DialectSet& shipped_dialects() {
  static const DialectSet set = [] {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(AUPSCAN_SOURCE_DIR "/signatures/dialects"))
      if (entry.path().extension() == ".yaml") files.push_back(entry.path().string());
    std::sort(files.begin(), files.end());
    std::vector<Dialect> dialects;
    Diagnostics diagnostics;
    for (const std::string& file : files)
      if (const auto text = read_text_file(file)) load_dialect(file, *text, dialects, diagnostics);
    if (dialects.empty() || !diagnostics.empty()) std::abort();
    return DialectSet(std::move(dialects));
  }();
  return set;
}

}  // namespace scanner::fuzz

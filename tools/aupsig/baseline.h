// Benign texts, per field, that no signature may hold on.
//
// A baseline is a file FIELD.txt ("process.cmdline.txt"): one text a line. "\n", "\r", "\t",
// "\\" and "\xHH" are bytes; a line that begins with "#" is a comment, an empty one nothing.
#pragma once

#include "scanner/model/diagnostic.h"
#include "scanner/model/result.h"
#include "scanner/signature/pack_text.h"
#include "scanner/signature/signature.h"

#include <span>
#include <string>
#include <vector>

namespace scanner {

struct BenignText {
  Field field = Field::StreamClient;
  std::string text;
  std::string file;  // where it stands
  int line = 0;
};

// Bounds: 100,000 texts in all; what is beyond is diagnosed.
std::vector<BenignText> read_baseline(std::span<const PackFile> files, Diagnostics& diagnostics);

// The baseline files of a directory, or the one file that `path` is. An Error: it cannot be read.
Result<std::vector<PackFile>> baseline_files(const std::string& path);

}  // namespace scanner

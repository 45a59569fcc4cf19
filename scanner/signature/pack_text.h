// A directory of signatures as texts in memory, and the ruleset that they make. Who reads
// them from disk, from a bundle or from a fuzzer needs no other way to load them.
#pragma once

#include "scanner/model/diagnostic.h"
#include "scanner/signature/load.h"
#include "scanner/signature/ruleset.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace scanner {

struct PackFile {
  std::string path;   // as it is told to people
  std::string place;  // below the pack's directory, parts joined by "/"
  std::string text;
};

// What a file is, by its place alone. Other: documents, and what lies in tests/ and
// baseline/, which are about the pack and not of it.
enum class PackPart : std::uint8_t { Signature, Dialect, Dataset, Model, Other };
PackPart part_of(std::string_view place);

// Everything that `files` hold, in their order. What is wrong is added to `diagnostics`, all
// of it. Null where the parts do not fit together; where single files have errors, they are
// left out and the rest is there, so look at has_errors() before using it.
std::shared_ptr<const Ruleset> make_ruleset(std::span<const PackFile> files, Diagnostics& diagnostics, PatternCheck check = PatternCheck::Now);

}  // namespace scanner

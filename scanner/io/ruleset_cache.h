// Compiled signatures on disk, so that a start need not compile them.
//
// A cache file is used only if it is this user's own, closed to others (mode 0600), whole
// (SHA-256) and made from the same ruleset by the same Hyperscan for the same processor.
// Anything else is passed over and made anew; the cache never decides what is found.
#pragma once

#include "scanner/model/result.h"
#include "scanner/signature/matcher.h"

#include <memory>
#include <string>

namespace scanner {

struct CompiledRules {
  std::unique_ptr<Matcher> matcher;
  bool from_cache = false;
  std::string note;  // why the cache was not used or not written; empty where nothing was amiss
};

// `directory` is created (mode 0700) where it is missing; "" means no cache. At most four
// files are kept there, the newest. An Error: the ruleset cannot be compiled.
Result<CompiledRules> compile_rules(std::shared_ptr<const Ruleset> ruleset, const std::string& directory);

// The cache file of a ruleset, e.g. "DIRECTORY/rules-0123456789abcdef.hsdb".
std::string cache_file_of(const Ruleset& ruleset, const std::string& directory);

}  // namespace scanner

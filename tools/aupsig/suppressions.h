// Warnings that an author allows, in a comment beside what they are about:
//
//   # lint: allow W201: the page may hold the script anywhere
//   regex: 'new CoinHive'         # lint: allow W202: for the next line, or at its end
//
// One id a comment, and always a reason: whoever comes next wants to know whether it still holds.
#pragma once

#include "scanner/model/diagnostic.h"
#include "scanner/signature/pack_text.h"

#include <string>
#include <vector>

namespace scanner {

struct Suppressed {
  Diagnostic diagnostic;
  std::string reason;
};

// Takes what the comments of `file` allow out of `diagnostics`, as far as it is of this file,
// and gives it back. A comment that cannot be read, has no reason, allows what is no warning
// or what is not there is diagnosed itself (W290 to W292). What is not there is told only where
// all was looked at (`judged`: nothing kept the pack from being compiled, and the file has no
// error), and not of what depends on the baseline that was asked.
std::vector<Suppressed> apply_suppressions(const PackFile& file, bool judged, Diagnostics& diagnostics);

}  // namespace scanner

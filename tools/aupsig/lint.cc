#include "tools/aupsig/lint.h"

#include "scanner/app/setup.h"
#include "scanner/app/wording.h"
#include "scanner/io/rule_files.h"
#include "scanner/signature/examples.h"

#include <algorithm>
#include <iostream>

namespace scanner {

ExitCode lint(const LintOptions& options) {
  Diagnostics diagnostics;
  const std::string directory = options.pack.empty() ? shipped("signatures") : options.pack;
  const auto ruleset = load_rules(directory, diagnostics);
  if (ruleset) {
    const auto matcher = make_hyperscan_matcher(*ruleset);
    if (!matcher) {
      std::cerr << "aupsig: " << printable(matcher.error().message) << "\n";
      return ExitCode::Usage;
    }
    std::ranges::move(check_examples(**matcher), std::back_inserter(diagnostics));
  } else if (diagnostics.empty()) {
    std::cerr << "aupsig: " << printable(ruleset.error().message) << "\n";
    return ExitCode::Usage;
  }
  for (const Diagnostic& diagnostic : diagnostics) std::cout << to_text(diagnostic);
  const bool problems = options.deny_warnings ? !diagnostics.empty() : has_errors(diagnostics);
  return problems ? ExitCode::Found : ExitCode::Done;
}

}  // namespace scanner

#include "tools/aupsig/commands.h"
#include "tools/aupsig/lint.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace scanner {

Run define_lint(CLI::App& command) {
  const auto options = std::make_shared<LintOptions>();
  command.add_option("PACK", options->pack, "Directory of signatures, dialects and data sets; else what comes with the program");
  command.add_flag("--deny-warnings", options->deny_warnings, "Warnings count as problems");
  command.footer(R"(
Examples:
  aupsig lint signatures
      every problem at its place
  aupsig lint --deny-warnings signatures
      what a pipeline asks

Exit status: 0 nothing, 1 usage error or nothing could be read, 3 problems were found.
)");
  return [options] { return lint(*options); };
}

}  // namespace scanner

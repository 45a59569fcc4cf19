#include "tools/aupsig/commands.h"
#include "tools/aupsig/lint.h"

#include <CLI/CLI.hpp>

#include <iostream>
#include <map>
#include <memory>

namespace scanner {

Run define_lint(CLI::App& command) {
  const auto options = std::make_shared<LintOptions>();
  const std::map<std::string, LintFormat> formats{{"text", LintFormat::Text}, {"json", LintFormat::Json}, {"sarif", LintFormat::Sarif}};
  command.add_option("PACK", options->pack, "Directory of signatures, dialects and data sets, or a bundle (aupsig pack); else what comes with the program");
  command.add_flag("--deny-warnings", options->deny_warnings, "Warnings count as problems");
  command.add_option("--format", options->format, "text, json, or sarif (2.1.0, for code review)")->transform(CLI::CheckedTransformer(formats))->type_name("FORMAT");
  command.add_option("--baseline", options->baseline, "Benign texts that nothing may match: FIELD.txt, or a directory of such; else baseline/ of the pack")->allow_extra_args(false)->type_name("PATH");
  command.add_option("--exceptions", options->exceptions, "What is permitted all the same; a bundle's own are looked at anyway")->allow_extra_args(false)->type_name("FILE");
  command.add_option("--today", options->today, "The day that ages are counted to; else what the clock says")->type_name("YYYY-MM-DD");
  command.add_flag("--rules", options->rules, "List every id that lint tells, and look at nothing");
  command.footer(R"(
Tells every problem at once, at its place. Errors keep a pack from loading; warnings are what
is doubtful. A warning that is right where it stands is allowed in the source, with a reason:
    # lint: allow W201: the page may hold the script anywhere
on the line or right above it. scanner/docs/diagnostics.md describes every id.

Examples:
  aupsig lint signatures
      every problem at its place
  aupsig lint --deny-warnings signatures
      what a pipeline asks
  aupsig lint --format sarif signatures > lint.sarif
      for the annotations of a code review
  aupsig lint --exceptions exceptions.yaml aupscan-7.aup
      a bundle, and whether the exceptions beside it still hold
  aupsig lint --baseline our-hosts/process.cmdline.txt signatures
      would anything match what our own servers run?

Exit status: 0 nothing, 1 usage error or nothing could be read, 3 problems were found.
)");
  return [options] { return lint(*options, std::cout); };
}

}  // namespace scanner

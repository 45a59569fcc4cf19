#include "tools/aupsig/commands.h"
#include "tools/aupsig/coverage.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace scanner {

Run define_coverage(CLI::App& command) {
  const auto options = std::make_shared<CoverageOptions>();
  const auto format = std::make_shared<std::string>("text");
  command.add_option("PACK", options->pack, "Directory of signatures, dialects and data sets, or a bundle; else what comes with the program");
  command.add_option("CORPUS", options->corpus, "Captures, recordings, or directories of them: what fires on them");
  command.add_option("--cases", options->cases, "Directory of test cases, ACTIVITY/CASE/expect.yaml; else tests/ in the pack, or tests/scenario beside it");
  command.add_option("--declaration", options->rules.declaration, "What the provider forbids; else what comes with the program");
  command.add_option("--config", options->rules.config, "Configuration for the run over the corpus");
  command.add_option("--picture", options->picture, "Draw activities and techniques")->type_name("FILE.svg|FILE.html");
  command.add_option("--report", options->reports, "Write it as a page: FILE.html, FILE.md, or any other name for text");
  command.add_option("--format", *format, "What to print")->check(CLI::IsMember({"text", "json"}));
  command.add_option("--threads", options->threads, "Captures judged at once; else one for each processor")->check(CLI::Range(1, 64));
  command.add_flag("--quiet", options->quiet, "No progress on the terminal");
  command.footer(R"(
Holes that are told: an activity of the declaration with no signature and no dialect, one that has only
experimental or shadow signatures, one without test case, one that the corpus never concludes; a signature
that never fired, that names no technique, or that has a single near miss.

Examples:
  aupsig coverage signatures/
      clause, activity, signatures and ATT&CK techniques
  aupsig coverage signatures/ captures/ --picture coverage.html
      and what fires, with a picture
  aupsig coverage signatures/ --format json | jq '.activities[] | select(.flags != [])'
      the holes

Exit status: 0 done, 1 usage error or nothing could be read, 2 a capture is damaged or unreadable.
)");
  return [options, format] {
    options->json = *format == "json";
    return coverage(*options);
  };
}

}  // namespace scanner

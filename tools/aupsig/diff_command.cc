#include "tools/aupsig/commands.h"
#include "tools/aupsig/diff.h"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

namespace scanner {
namespace {

void add_rule_options(CLI::App& command, RuleOptions& rules) {
  command.add_option("--declaration", rules.declaration, "What the provider forbids; else what comes with the program");
  command.add_option("--config", rules.config, "Configuration: limits, local ranges, keys");
  command.add_option("--panel", rules.panel, "Indicators of compromise and intent");
  command.add_option("--tenants", rules.tenants, "Whose address is whose");
}

}  // namespace

Run define_diff(CLI::App& command) {
  const auto options = std::make_shared<DiffOptions>();
  const auto local = std::make_shared<std::vector<std::string>>();
  const auto format = std::make_shared<std::string>("text");
  command.add_option("PACK_A", options->before, "The pack as it is: a directory of signatures, dialects and data sets, or a bundle (aupsig pack)")->required();
  command.add_option("PACK_B", options->after, "The pack that is asked about")->required();
  command.add_option("CORPUS", options->corpus, "Captures, recordings, or directories of them");
  command.add_option("--observations", options->observations, "Stored observations to search too (aupsig observations makes them)")->type_name("FILE.ndjson");
  command.add_option("--report", options->reports, "Write the page of a change request: FILE.html, FILE.md, or any other name for text");
  command.add_option("--format", *format, "What to print")->check(CLI::IsMember({"text", "json"}));
  command.add_option("--local", *local, "Only addresses in this range are subjects")->type_name("CIDR");
  command.add_option("--threads", options->threads, "Captures judged at once; else one for each processor")->check(CLI::Range(1, 64));
  command.add_flag("--quiet", options->quiet, "No progress on the terminal");
  add_rule_options(command, options->rules);
  command.footer(R"(
Each capture is read once and judged by both packs, each time as aupscan replay would; verdicts are
the last revisions of its incidents. Told is what appears, what disappears, and what changes stage,
confidence or the findings it rests on, and how often each signature hit.

Examples:
  aupsig diff signatures/ my-pack/ captures/
      what changes, on the terminal
  aupsig diff aupscan-6.aup aupscan-7.aup captures/
      the same of two bundles
  aupsig diff signatures/ my-pack/ captures/ --report change.html --report change.md
      the page for the change request, and the same for a review
  aupsig diff signatures/ my-pack/ captures/ --format json | jq '.captures[].file'
      which captures change
  aupsig diff signatures/ my-pack/ --observations 2026-11.ndjson
      what the past would have hit

Exit status: 0 nothing changes, 1 usage error or nothing could be read, 2 nothing changes in what could
be read of a corpus that is damaged in part, 4 something changes.
)");
  return [options, local, format] {
    for (const std::string& text : *local) {
      const auto range = Cidr::parse(text);
      if (!range) {
        std::cerr << "aupsig: \"" << text << "\" is no address range\n";
        return ExitCode::Usage;
      }
      options->local.push_back(*range);
    }
    if (options->corpus.empty() && options->observations.empty()) {
      std::cerr << "aupsig: name a corpus (captures, recordings, or directories of them) or --observations\n";
      return ExitCode::Usage;
    }
    options->json = *format == "json";
    return diff(*options);
  };
}

}  // namespace scanner

#include "tools/aupsig/commands.h"
#include "tools/aupsig/export.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace scanner {

Run define_export(CLI::App& command) {
  command.require_subcommand(1);
  const auto options = std::make_shared<ExportOptions>();
  const auto format = std::make_shared<std::string>("text");
  CLI::App* const sigma = command.add_subcommand("sigma", "As Sigma rules, a file each: processes, look-ups, names, web requests");
  CLI::App* const suricata = command.add_subcommand("suricata", "As Suricata rules in one file: streams, look-ups, names, web requests");
  for (CLI::App* const one : {sigma, suricata}) {
    one->add_option("PACK", options->pack, "Directory of signatures, or a bundle; else what comes with the program");
    one->add_option("-o,--output", options->output, "Directory that the rules are written to")->required();
    one->add_option("--signature", options->signatures, "Only these ids; * stands for any text; may be given several times")->allow_extra_args(false);
    one->add_option("--format", *format, "Of the report: text or json")->check(CLI::IsMember({"text", "json"}));
    one->add_flag("--force", options->force, "Write over files that are there");
  }
  suricata->add_option("--first-sid", options->first_sid, "Number of the first rule (default: 1000000)")->check(CLI::Range(1U, 2'000'000'000U));
  command.footer(R"(
Examples:
  aupsig export suricata signatures --signature 'mining.pool.*' -o rules
  aupsig export sigma -o sigma

The report lists what could not be written so, and why, and what differs.

Exit status: 0 all of it, 1 usage error or nothing could be written, 2 some signatures cannot be said there.
)");
  return [=] {
    ExportOptions given = *options;
    given.format = sigma->parsed() ? "sigma" : "suricata";
    given.json = *format == "json";
    return export_rules(given);
  };
}

}  // namespace scanner

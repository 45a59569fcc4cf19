#include "tools/aupsig/commands.h"
#include "tools/aupsig/pack.h"

#include <CLI/CLI.hpp>

#include <limits>
#include <memory>

namespace scanner {

Run define_pack(CLI::App& command) {
  const auto options = std::make_shared<PackOptions>();
  command.add_option("SIGNATURES", options->signatures, "Directory of signatures, dialects and data sets; else what comes with the program");
  command.add_option("--version", options->version, "Whole number from 1 on, higher than the last pack's")
      ->required()
      ->check(CLI::Range(std::uint64_t{1}, static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())))
      ->type_name("N");
  command.add_option("--name", options->name, "Versions count within a name; 'aupscan' unless given")->type_name("NAME");
  command.add_option("--date", options->date, "As in 2026-11-30; else today, or the day of SOURCE_DATE_EPOCH")->type_name("DATE");
  command.add_option("--declaration", options->declaration, "What the provider forbids goes into the pack")->type_name("FILE");
  command.add_option("--exceptions", options->exceptions, "What is permitted all the same goes into the pack")->type_name("FILE");
  command.add_option("--tests", options->tests, "Scenarios go into the pack, for `aupsig test`")->type_name("DIR");
  command.add_option("--output", options->output, "The pack; NAME-VERSION.aup unless given")->type_name("FILE");
  command.footer(R"(
The same files, name, version and date give the same bytes on every machine. Signatures whose own
examples fail are not packed.

Examples:
  aupsig pack signatures --version 7 --declaration config/declaration.yaml
      aupscan-7.aup
  aupsig sign aupscan-7.aup --key team.key
      and then: aupsig install aupscan-7.aup --config /etc/aupscan/aupscan.yaml

Exit status: 0 done, 1 usage error or a file cannot be read or written, 3 there are errors.
)");
  return [options] { return pack(*options); };
}

}  // namespace scanner

#include "tools/aupsig/commands.h"
#include "tools/aupsig/observations.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace scanner {

Run define_observations(CLI::App& command) {
  const auto options = std::make_shared<ObservationsOptions>();
  command.add_option("CORPUS", options->corpus, "Captures, recordings, or directories of them")->required();
  command.add_option("-o,--output", options->output, "File to write, readable by its owner alone; -: standard output")->required();
  command.add_flag("--content", options->content, "Keep streams, paths, command lines and the like too: without redaction");
  command.footer(R"(
Keeps the texts that signatures are searched in, with time and flow or process, a line of JSON each, so that a
later pack can be held against them when the captures are gone (aupsig diff --observations). By itself it
keeps names alone; signatures on other fields cannot be tested on them. Addresses are kept.

Examples:
  aupsig observations captures/ -o 2026-11.ndjson
      names alone
  aupsig observations --content incident-17.pcapng -o incident-17.ndjson
      everything that any signature could be searched in

Exit status: 0 done, 1 usage error or nothing could be read, 2 a capture is damaged or unreadable.
)");
  return [options] { return observations(*options); };
}

}  // namespace scanner

#include "tools/aupsig/commands.h"
#include "tools/aupsig/draft.h"
#include "tools/aupsig/rule_options.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace scanner {

Run define_new(CLI::App& command) {
  const auto options = std::make_shared<DraftOptions>();
  command.add_option("ACTIVITY", options->activity, "What it is about: mining.pool, mining.solo …")->required();
  command.add_option("--from", options->captures, "The capture that shows it")->required()->expected(1, -1);
  command.add_option("--id", options->name, "Name of the new files; else made from the names of the methods");
  command.add_option("--flow", options->flow, "The conversation: ADDR:PORT-ADDR:PORT or a community id; else what looks most like mining");
  command.add_option("-o,--output", options->output, "Directory, laid out as a pack: ACTIVITY/NAME.yaml, dialects/NAME.yaml")->required();
  add_rule_options(command, options->rules);
  command.footer(R"(
Drafts a signature (anchored patterns, an example with made-up names, near misses), and where no
dialect knows the conversation its description: who logs in, what work is, what a share is. What was
guessed is told. The files load, hold on their examples, and the capture is judged with them.

Examples:
  aupsig new mining.pool --from missed.pcapng --id quarry -o draft
      a start for a dialect that nobody knows
  cp -r signatures pack && aupsig new mining.pool --from missed.pcapng -o pack
      the same, into a copy of the pack

Exit status: 0 done, 1 usage error or nothing could be read, 4 nothing could be drafted.
)");
  return [options] { return run_draft(*options); };
}

}  // namespace scanner

#include "tools/aupsig/commands.h"
#include "tools/aupsig/explain.h"
#include "tools/aupsig/rule_options.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace scanner {

Run define_explain(CLI::App& command) {
  const auto options = std::make_shared<ExplainOptions>();
  const auto format = std::make_shared<std::string>("text");
  command.add_option("FILE", options->paths, "Captures, recordings, or files of events (NDJSON) with their capture or evidence slice beside them")->required();
  command.add_option("--signature", options->signature, "Hold this signature against every text of its field: which patterns hit, how the condition came out");
  command.add_option("--flow", options->flow, "Only this flow: ADDR:PORT-ADDR:PORT, or a community id (1:…)");
  command.add_flag("--all", options->all, "Flows that are nothing like mining, too");
  command.add_option("--format", *format, "text or json")->check(CLI::IsMember({"text", "json"}));
  add_rule_options(command, options->rules);
  command.footer(R"(
For each flow that looks at all like mining: the rungs that were reached, in which packet, and
why the next one was not. Everything shown is redacted.

Examples:
  aupsig explain missed.pcapng
      why nothing, or not more, was said of it
  aupsig explain --signature mining.pool.stratum-opening missed.pcapng
      which of its patterns were found where
  aupsig explain event.ndjson
      an event's arithmetic, and its flows from the capture or slice that lies beside it

Exit status: 0 done, 1 usage error or nothing could be read, 2 some lines were no events.
)");
  return [options, format] {
    options->json = *format == "json";
    return explain(*options);
  };
}

}  // namespace scanner

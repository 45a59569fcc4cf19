#include "scanner/app/config.h"
#include "tools/aupsig/commands.h"
#include "tools/aupsig/profile.h"
#include "tools/aupsig/refusal.h"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

namespace scanner {

Run define_profile(CLI::App& command) {
  const auto options = std::make_shared<ProfileOptions>();
  const auto format = std::make_shared<std::string>("text");
  const auto config = std::make_shared<std::string>();
  const auto asked = std::make_shared<bool>(false);
  command.add_option("PACK", options->pack, "Directory of signatures, dialects and data sets, or a bundle; else what comes with the program");
  command.add_option("CORPUS", options->corpus, "Captures, recordings, or directories of them, to measure on; else only sizes are told");
  CLI::Option* const budget = command.add_option("--budget", options->budget, "Hold the pack against FILE, against KEY=NUMBER,… or, with nothing behind it, against the pack's own pack.budget")
                                  ->expected(0, 1)
                                  ->type_name("[FILE|KEY=NUMBER,…]");
  CLI::Option* const agent = command.add_flag("--agent", *asked, "Measure on the traffic of a running agent instead of a corpus; PACK is what it runs");
  command.add_option("--socket", options->agent, "Where the agent listens; else what --config says")->needs(agent)->type_name("PATH");
  command.add_option("--config", *config, "The agent's configuration")->needs(agent)->type_name("FILE");
  command.add_option("--seconds", options->seconds, "Of the agent's traffic that are watched")->needs(agent)->check(CLI::Range(1, 60));
  command.add_option("--most-bytes", options->most_bytes, "Of each field's texts that are measured")->check(CLI::Range(std::size_t{1024}, std::size_t{1} << 32));
  command.add_option("--rounds", options->rounds, "Passes, of which the fastest counts")->check(CLI::Range(1, 1000));
  command.add_option("--report", options->reports, "Write it as a page: FILE.html, FILE.md, or any other name for text");
  command.add_option("--format", *format, "What to print")->check(CLI::IsMember({"text", "json"}));
  command.footer(R"(
Sizes are those of what the patterns compile to, the same on every machine: a budget decides by them.
Times are of this machine and this moment; they are printed and decide nothing. A budget may hold
  pack.database_bytes  pack.stream_bytes
  signature.database_bytes  signature.stream_bytes  signature.times_the_median
and, in a file, signature.class and exceptions with their reasons.

Examples:
  aupsig profile signatures/
      sizes, the dearest first
  aupsig profile signatures/ captures/
      and ns per byte, confirmations and matches on a corpus
  aupsig profile signatures/ --agent --config /etc/aupscan/aupscan.yaml
      the same on what a running agent sees; only figures leave it
  aupsig profile signatures/ --budget
      what a pipeline asks: pack.budget, which lies in the pack
  aupsig profile my-pack/ --budget signature.database_bytes=100000

Exit status: 0 done, 1 usage error or nothing could be read, 2 a capture is damaged or unreadable, 3 over
the budget.
)");
  return [options, format, budget, config, asked] {
    if (*asked && !options->corpus.empty()) return refuse("a corpus and --agent are two things to measure on: name one of them");
    if (*asked && options->agent.empty()) {
      Diagnostics diagnostics;
      const auto read = load_config(*config, diagnostics);
      for (const Diagnostic& diagnostic : diagnostics) std::cerr << to_text(diagnostic);
      if (!read) return refuse(read.error().message);
      options->agent = read->agent.control_socket;
      if (options->agent.empty()) return refuse("the configuration names no control.socket");
    }
    options->held = budget->count() > 0;
    options->json = *format == "json";
    return profile(*options);
  };
}

}  // namespace scanner

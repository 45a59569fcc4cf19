#include "tools/aupsig/commands.h"
#include "tools/aupsig/promote.h"

#include <CLI/CLI.hpp>

#include <map>
#include <memory>

namespace scanner {

Run define_promote(CLI::App& command) {
  const auto options = std::make_shared<PromoteOptions>();
  static const std::map<std::string, SignatureStatus> kStatuses{
      {"experimental", SignatureStatus::Experimental}, {"shadow", SignatureStatus::Shadow}, {"active", SignatureStatus::Active}, {"deprecated", SignatureStatus::Deprecated}};
  command.add_option("SIGNATURE", options->signature, "Its id")->required();
  command.add_option_function<std::string>("--to", [options](const std::string& text) { options->to = kStatuses.at(text); }, "shadow, active or deprecated; or a step back")
      ->required()
      ->check(CLI::IsMember({"experimental", "shadow", "active", "deprecated"}))
      ->type_name("STATUS");
  command.add_option("--pack", options->pack, "Directory of signatures; else what comes with the program")->type_name("DIR");
  command.add_option("--baseline", options->baseline, "A capture of known-good traffic, or a directory of them; may be given several times")->type_name("PATH")->allow_extra_args(false);
  command.add_option("--counts", options->counts, "What `aupscan ctl status --json` said on an agent; may be given several times")->type_name("FILE")->allow_extra_args(false);
  command.add_option("--days", options->days, "That the counts must span, all agents together; 7 unless given")->type_name("N");
  command.add_flag("--dry-run", options->dry_run, "Tell what is there and what is missing, and change nothing");
  command.footer(R"(
What a step asks for:
  to shadow      examples that hold, a match and two near misses
  to active      from shadow only: that, shadow counts of this very revision, and no hit in a baseline
  to deprecated, and back: nothing
The status and revision lines of the signature's file are changed, and nothing else.

Examples:
  aupsig promote mining.pool.new-dialect --to shadow --pack signatures
  aupscan ctl status --json > web-1.json
      on an agent, after a week
  aupsig promote mining.pool.new-dialect --to active --pack signatures --counts web-1.json --baseline benign/

Exit status: 0 done, 1 usage error or something cannot be read, 3 evidence is missing.
)");
  return [options] { return promote(*options); };
}

}  // namespace scanner

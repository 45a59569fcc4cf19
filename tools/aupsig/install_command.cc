#include "tools/aupsig/commands.h"
#include "tools/aupsig/install.h"

#include <CLI/CLI.hpp>

#include <map>
#include <memory>

namespace scanner {
namespace {

void add_place(CLI::App& command, PackPlaceOptions& place) {
  command.add_option("--config", place.config, "The agent's configuration: its directory of packs, its trusted keys and its socket")->type_name("FILE");
  command.add_option("--into", place.into, "The agent's directory of packs; goes before the configuration's")->type_name("DIR");
  command.add_option("--trust", place.trust, "A public key, or a file that holds one, besides the configuration's; may be given several times")->type_name("KEY")->allow_extra_args(false);
  command.add_option("--socket", place.socket, "Where the agent listens; goes before the configuration's")->type_name("PATH");
  command.add_flag("--no-agent", place.no_agent, "Ask no agent: it takes the change when it starts or reloads");
}

CLI::AsNumberWithUnit seconds_of_text() {
  return CLI::AsNumberWithUnit(std::map<std::string, std::uint64_t>{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}}, CLI::AsNumberWithUnit::CASE_SENSITIVE, "TIME");
}

constexpr const char* kExit = R"(
Exit status: 0 done, 1 usage error or something cannot be read or written, 2 done but no agent
answers, 3 refused and nothing changed.
)";

}  // namespace

Run define_install(CLI::App& command) {
  const auto options = std::make_shared<InstallOptions>();
  command.add_option("PACK", options->pack, "What `aupsig pack` made, with its signature beside it")->required();
  add_place(command, options->place);
  command.add_option("--signature", options->signature, "PACK.minisig unless given")->type_name("FILE");
  command.add_flag("--allow-downgrade", options->allow_downgrade, "Also a pack that is older than what was installed; the agent sees that this is meant");
  command.add_option("--confirm-within", options->confirm_seconds, "Seconds, or 90s, 10m, 2h: unless `aupsig confirm` comes by then, the agent returns to the last good pack by itself")->transform(seconds_of_text());
  command.footer(std::string(R"(
A pack that was altered, that nobody trusted signed, or that is older than what was installed is
refused. The agent checks all that again, at every load; where it refuses, nothing is changed.

Examples:
  aupsig install aupscan-7.aup --config /etc/aupscan/aupscan.yaml --confirm-within 10m
      and, when all is well: aupsig confirm --config /etc/aupscan/aupscan.yaml
  aupsig install aupscan-6.aup --config /etc/aupscan/aupscan.yaml --allow-downgrade
      an older one, on purpose
  aupsig install aupscan-7.aup --into image/packs --trust team.pub
      into an image where no agent runs yet
)") + kExit);
  return [options] { return install(*options); };
}

Run define_confirm(CLI::App& command) {
  const auto options = std::make_shared<PackPlaceOptions>();
  add_place(command, *options);
  command.footer(std::string(R"(
Example:
  aupsig confirm --config /etc/aupscan/aupscan.yaml
      the pack that was installed with --confirm-within stays
)") + kExit);
  return [options] { return confirm(*options); };
}

Run define_rollback(CLI::App& command) {
  const auto options = std::make_shared<RollbackOptions>();
  add_place(command, options->place);
  command.add_option("--to", options->to, "A version, or 8 digits or more of an id, of a pack that is still installed; else the last good one")->type_name("PACK");
  command.footer(std::string(R"(
Examples:
  aupsig rollback --config /etc/aupscan/aupscan.yaml
      to the pack before the one that is in force
  aupsig rollback --config /etc/aupscan/aupscan.yaml --to 5
      to an older one; `aupsig show DIR` lists what is installed
)") + kExit);
  return [options] { return rollback(*options); };
}

}  // namespace scanner

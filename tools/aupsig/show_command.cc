#include "tools/aupsig/commands.h"
#include "tools/aupsig/show.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace scanner {
namespace {

void add_trust(CLI::App& command, std::vector<std::string>& trust, std::string& config, bool& json) {
  command.add_option("--trust", trust, "A public key, or a file that holds one; may be given several times")->type_name("KEY")->allow_extra_args(false);
  command.add_option("--config", config, "Configuration whose packs.trusted_keys count")->type_name("FILE");
  command.add_option_function<std::string>("--format", [&json](const std::string& text) { json = text == "json"; }, "text (default) or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("FORMAT");
}

}  // namespace

Run define_verify_pack(CLI::App& command) {
  const auto options = std::make_shared<VerifyPackOptions>();
  command.add_option("PACK", options->pack, "A pack with its signature beside it")->required();
  command.add_option("--signature", options->signature, "PACK.minisig unless given")->type_name("FILE");
  add_trust(command, options->trust, options->config, options->json);
  command.footer(R"(
Who signed, whether a byte was altered since, and whether the rules load: what an agent checks.

Example:
  aupsig verify-pack aupscan-7.aup --trust team.pub

Exit status: 0 good, 1 usage error or nothing could be read, 3 refused.
)");
  return [options] { return verify_pack(*options); };
}

Run define_show(CLI::App& command) {
  const auto options = std::make_shared<ShowOptions>();
  command.add_option("WHAT", options->what, "A pack, or a directory of installed packs; else the configuration's directory");
  add_trust(command, options->trust, options->config, options->json);
  command.footer(R"(
Examples:
  aupsig show aupscan-7.aup
      its version, date, id and files
  aupsig show --config /etc/aupscan/aupscan.yaml
      what is installed, in force, on trial, or refused and why

Exit status: 0 done, 1 usage error or nothing could be read, 3 something is refused.
)");
  return [options] { return show(*options); };
}

}  // namespace scanner

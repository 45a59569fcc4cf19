// The aupsig program: reads the command line and hands over to the command.
#include "tools/aupsig/command.h"

#include "scanner/app/terminal.h"
#include "scanner/app/version.h"

#include <CLI/CLI.hpp>

#include <exception>
#include <iostream>
#include <vector>

int main(int argc, char** argv) {
  using namespace scanner;
  ignore_broken_pipes();
  CLI::App app("The workbench of those who write and tune aupscan's signatures");
  app.set_version_flag("--version", std::string("aupsig ") + kVersion);
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::help);
  std::vector<std::pair<CLI::App*, Run>> commands;
  for (const SigCommand& command : sig_commands()) {
    CLI::App* const parser = app.add_subcommand(std::string(command.name), std::string(command.purpose));
    commands.emplace_back(parser, command.define(*parser));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::Usage);
  }
  for (const auto& [parser, run] : commands)
    if (parser->parsed()) return static_cast<int>(run());
  return static_cast<int>(ExitCode::Usage);
}

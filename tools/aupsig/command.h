// What aupsig can do: each command is a file NAME.cc with its work and a file NAME_command.cc
// with its options, its help and its examples; catalog.cc lists them.
#pragma once

#include "scanner/app/options.h"

#include <functional>
#include <span>
#include <string_view>

namespace CLI {
class App;
}

namespace scanner {

// The exit codes are those of every program (DESIGN §6): 0 done; 1 a usage error or nothing could
// be read; 2 partial; 3 problems were found; 4 what was found is not what was expected.
using Run = std::function<ExitCode()>;

struct SigCommand {
  std::string_view name, purpose;
  // Adds its options to `command` and gives what is to be run once they are read.
  Run (*define)(CLI::App& command);
};

std::span<const SigCommand> sig_commands();

}  // namespace scanner

// The commands' definitions, for the catalog alone.
#pragma once

#include "tools/aupsig/command.h"

namespace scanner {

Run define_explain(CLI::App& command);
Run define_dataset(CLI::App& command);
Run define_export(CLI::App& command);
Run define_import(CLI::App& command);
Run define_lint(CLI::App& command);
Run define_new(CLI::App& command);
Run define_record_test(CLI::App& command);

}  // namespace scanner

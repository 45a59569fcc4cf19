// The commands' definitions, for the catalog alone.
#pragma once

#include "tools/aupsig/command.h"

namespace scanner {

Run define_confirm(CLI::App& command);
Run define_coverage(CLI::App& command);
Run define_dataset(CLI::App& command);
Run define_diff(CLI::App& command);
Run define_explain(CLI::App& command);
Run define_export(CLI::App& command);
Run define_import(CLI::App& command);
Run define_install(CLI::App& command);
Run define_keygen(CLI::App& command);
Run define_lint(CLI::App& command);
Run define_new(CLI::App& command);
Run define_observations(CLI::App& command);
Run define_pack(CLI::App& command);
Run define_profile(CLI::App& command);
Run define_promote(CLI::App& command);
Run define_record_test(CLI::App& command);
Run define_rollback(CLI::App& command);
Run define_show(CLI::App& command);
Run define_sign(CLI::App& command);
Run define_test(CLI::App& command);
Run define_verify_pack(CLI::App& command);

}  // namespace scanner

// Every diagnostic that a pack can get, with what it means in a few words.
#pragma once

#include <span>
#include <string_view>

namespace scanner {

struct LintRule {
  std::string_view id;
  std::string_view means;
};

// In the order of their ids. scanner/docs/diagnostics.md says more of each.
std::span<const LintRule> lint_rules();
const LintRule* find_lint_rule(std::string_view id);  // null where there is none
// A comment in the source may allow it: a warning of what is doubtful, no error and nothing
// about such comments themselves.
bool is_suppressible(std::string_view id);

}  // namespace scanner

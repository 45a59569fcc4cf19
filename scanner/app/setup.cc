#include "scanner/app/setup.h"

#include "scanner/io/rule_files.h"

#include <filesystem>
#include <iostream>

namespace scanner {

std::string shipped(const std::string& relative) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    const fs::path installed = program.parent_path().parent_path() / "share" / "aupscan" / relative;
    if (fs::exists(installed, error)) return installed.string();
    fs::path above = program.parent_path();
    for (int i = 0; i < 5 && above.has_parent_path(); ++i, above = above.parent_path())
      if (fs::exists(above / "signatures" / "dialects", error) && fs::exists(above / relative, error)) return (above / relative).string();
  }
  return "/usr/share/aupscan/" + relative;
}

std::optional<Setup> set_up(const RuleOptions& options) {
  Diagnostics diagnostics;
  const auto rules = load_rules(options.signatures.empty() ? shipped("signatures") : options.signatures, diagnostics);
  const auto declaration = load_declaration_file(options.declaration.empty() ? shipped("config/declaration.yaml") : options.declaration, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) std::cerr << to_text(diagnostic);
  if (!rules) std::cerr << "aupscan: " << rules.error().message << "\n";
  if (!declaration) std::cerr << "aupscan: " << declaration.error().message << "\n";
  if (!rules || !declaration) return std::nullopt;
  auto matcher = make_hyperscan_matcher(*rules);
  if (!matcher) {
    std::cerr << "aupscan: " << matcher.error().message << "\n";
    return std::nullopt;
  }
  return Setup{std::move(*matcher), *declaration};
}

}  // namespace scanner

#include "scanner/app/setup.h"

#include "scanner/io/rule_files.h"
#include "scanner/io/ruleset_cache.h"

#include <cstdlib>
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

namespace {

// Of the user who runs the program; "" (no cache) where there is no home.
std::string cache_directory() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/') return std::string(cache) + "/aupscan";
  const char* home = std::getenv("HOME");
  return home != nullptr && *home == '/' ? std::string(home) + "/.cache/aupscan" : "";
}

}  // namespace

std::optional<Setup> set_up(const RuleOptions& options) {
  Diagnostics diagnostics;
  const auto rules = load_rules(options.signatures.empty() ? shipped("signatures") : options.signatures, diagnostics);
  const auto declaration = load_declaration_file(options.declaration.empty() ? shipped("config/declaration.yaml") : options.declaration, diagnostics);
  auto config = load_config(options.config, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) std::cerr << to_text(diagnostic);
  if (!rules) std::cerr << "aupscan: " << rules.error().message << "\n";
  if (!declaration) std::cerr << "aupscan: " << declaration.error().message << "\n";
  if (!config) std::cerr << "aupscan: " << config.error().message << "\n";
  if (!rules || !declaration || !config) return std::nullopt;
  auto compiled = compile_rules(*rules, cache_directory());
  if (!compiled) {
    std::cerr << "aupscan: " << compiled.error().message << "\n";
    return std::nullopt;
  }
  return Setup{std::move(compiled->matcher), *declaration, std::move(*config)};
}

}  // namespace scanner

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
    for (int i = 0; i < 8 && above.has_parent_path(); ++i, above = above.parent_path())
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

EngineOptions judging_options(const Setup& setup) {
  const Config& config = setup.config;
  EngineOptions options;
  options.flow_stage = config.flow_stage;
  options.judgement.incidents = config.incidents;
  options.judgement.local = config.local;
  options.judgement.processes.load = config.load;
  options.judgement.panel = setup.panel;
  options.judgement.hash_key = config.hash_key;
  options.judgement.frame.ruleset_id = setup.matcher->ruleset().content_id();
  options.judgement.frame.config_id = config_id(config);
  return options;
}

SetupAttempt try_set_up(const RuleOptions& options, const std::string& cache, const std::shared_ptr<const Matcher>& known) {
  SetupAttempt attempt;
  Diagnostics diagnostics;
  auto config = load_config(options.config, diagnostics);
  const AgentConfig named = config ? config->agent : AgentConfig{};
  const auto first_of = [](const std::string& asked, const std::string& configured, const char* rest) {
    if (!asked.empty()) return asked;
    return configured.empty() ? shipped(rest) : configured;
  };
  const auto rules = load_rules_known_to(cache, first_of(options.signatures, named.signatures, "signatures"), diagnostics);
  const auto declaration = load_declaration_file(first_of(options.declaration, named.declaration, "config/declaration.yaml"), diagnostics);
  const auto panel = load_panel_file(options.panel.empty() ? shipped("config/panel.yaml") : options.panel, diagnostics);
  const auto tenants = load_tenants_file(options.tenants.empty() && config ? config->tenants_file : options.tenants, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) {
    std::string text = to_text(diagnostic);
    text.pop_back();
    attempt.problems.push_back(std::move(text));
  }
  const auto complain = [&](const Error& error) { attempt.problems.push_back("aupscan: " + error.message); };
  if (!config) complain(config.error());
  if (!rules) complain(rules.error());
  if (!declaration) complain(declaration.error());
  if (!panel) complain(panel.error());
  if (!tenants) complain(tenants.error());
  if (!rules || !declaration || !panel || !tenants || !config) return attempt;
  config->panel_sha256 = (*panel)->sha256();
  config->tenants_sha256 = (*tenants)->sha256;
  std::shared_ptr<const Matcher> matcher = known;
  if (!known || known->ruleset().content_id() != (*rules)->content_id()) {
    auto compiled = compile_rules(*rules, cache);
    if (!compiled) {
      complain(compiled.error());
      return attempt;
    }
    matcher = std::move(compiled->matcher);
  }
  attempt.setup = Setup{std::move(matcher), *declaration, *panel, *tenants, std::move(*config)};
  return attempt;
}

std::optional<Setup> set_up(const RuleOptions& options) {
  SetupAttempt attempt = try_set_up(options, cache_directory(), nullptr);
  for (const std::string& problem : attempt.problems) std::cerr << problem << "\n";
  return std::move(attempt.setup);
}

}  // namespace scanner

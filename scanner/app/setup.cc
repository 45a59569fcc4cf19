#include "scanner/app/setup.h"

#include "scanner/io/pack_store.h"
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
  options.judgement.abuse = config.abuse;
  options.judgement.panel = setup.panel;
  options.judgement.exceptions = setup.exceptions;
  options.judgement.hits_per_minute = config.signature_hits_per_minute;
  options.judgement.hash_key = config.hash_key;
  options.judgement.frame.ruleset_id = setup.matcher->ruleset().content_id();
  options.judgement.frame.config_id = config_id(config);
  return options;
}

namespace {

using RulesResult = Result<std::shared_ptr<const Ruleset>>;
using DeclarationResult = Result<std::shared_ptr<const Declaration>>;

PackInForce in_force(const PackChoice& choice) {
  PackInForce pack;
  pack.pack = ref_of(choice.checked.pack);
  pack.date = choice.checked.pack.manifest.date;
  pack.signed_by = to_text(choice.checked.proof.key);
  pack.older_allowed = choice.state.older_allowed;
  pack.confirm_until = choice.state.confirm_until;
  pack.refused = choice.refused;
  return pack;
}

// Rules, and where they come from.
struct LoadedRules {
  RulesResult rules = nullptr;
  std::shared_ptr<const Declaration> declaration;  // the pack's; may be null
  Exceptions exceptions;                           // the pack's
  std::optional<PackInForce> pack;
};

Result<void> use_pack(const Pack& pack, const std::string& cache, LoadedRules& loaded, Diagnostics& diagnostics) {
  loaded.rules = load_pack_rules(pack, diagnostics, cache);
  if (!loaded.rules) return tl::unexpected(loaded.rules.error());
  loaded.declaration = nullptr;
  loaded.exceptions = {};
  if (const TarFile* file = pack.find("exceptions.yaml"); file != nullptr && !load_exceptions(pack.title() + ":" + file->path, file->content, loaded.exceptions, diagnostics))
    return fail("the exceptions have errors");
  const TarFile* file = pack.find("declaration.yaml");
  if (file == nullptr) return {};
  auto declaration = load_declaration(pack.title() + ":" + file->path, file->content, diagnostics);
  if (!declaration) return fail("the declaration has errors");
  loaded.declaration = std::make_shared<const Declaration>(std::move(*declaration));
  return {};
}

LoadedRules load_from_pack(const PackConfig& config, const std::string& cache, bool may_fall_back, Diagnostics& diagnostics) {
  LoadedRules loaded;
  const auto choice = choose_pack(system_disk(), config.directory, config.keys, may_fall_back, [&](const Pack& pack) { return use_pack(pack, cache, loaded, diagnostics); });
  if (choice)
    loaded.pack = in_force(*choice);
  else
    loaded.rules = tl::unexpected<Error>(choice.error());
  return loaded;
}

}  // namespace

SetupAttempt try_set_up(const RuleOptions& options, const std::string& cache, const std::shared_ptr<const Matcher>& known) {
  SetupAttempt attempt;
  Diagnostics diagnostics;
  auto config = load_config(options.config, diagnostics);
  const AgentConfig named = config ? config->agent : AgentConfig{};
  const auto first_of = [](const std::string& asked, const std::string& configured, const char* rest) {
    if (!asked.empty()) return asked;
    return configured.empty() ? shipped(rest) : configured;
  };
  const bool packed = config && !config->packs.directory.empty() && options.signatures.empty();
  LoadedRules loaded;
  if (packed)
    loaded = load_from_pack(config->packs, cache, known == nullptr, diagnostics);
  else
    loaded.rules = load_rules_known_to(cache, first_of(options.signatures, named.signatures, "signatures"), diagnostics);
  const RulesResult& rules = loaded.rules;
  const bool own = loaded.declaration != nullptr && options.declaration.empty() && named.declaration.empty();
  const DeclarationResult declaration =
      own ? DeclarationResult(loaded.declaration) : load_declaration_file(first_of(options.declaration, named.declaration, "config/declaration.yaml"), diagnostics);
  const auto panel = load_panel_file(options.panel.empty() ? shipped("config/panel.yaml") : options.panel, diagnostics);
  const auto tenants = load_tenants_file(options.tenants.empty() && config ? config->tenants_file : options.tenants, diagnostics);
  Result<void> excepted;
  if (config && !config->exceptions_file.empty()) excepted = load_exceptions_file(config->exceptions_file, loaded.exceptions, diagnostics);
  if (excepted && config && !config->permissions_file.empty()) excepted = load_permissions_file(config->permissions_file, loaded.exceptions, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) {
    std::string text = to_text(diagnostic);
    text.pop_back();
    attempt.problems.push_back(std::move(text));
  }
  const auto complain = [&](const Error& error) { attempt.problems.push_back("aupscan: " + error.message); };
  if (!config) complain(config.error());
  if (!rules) complain(rules.error());
  if (packed && !rules) attempt.pack_refused = rules.error().message;
  if (loaded.pack && !loaded.pack->refused.empty()) {
    attempt.pack_refused = loaded.pack->refused;
    complain(Error{loaded.pack->refused + "; the last good one, " + loaded.pack->pack.title() + ", is used"});
  }
  if (!declaration) complain(declaration.error());
  if (!panel) complain(panel.error());
  if (!tenants) complain(tenants.error());
  if (!excepted) complain(excepted.error());
  if (!rules || !declaration || !panel || !tenants || !config || !excepted) return attempt;
  config->exceptions_sha256 = loaded.exceptions.sha256;
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
  attempt.setup = Setup{std::move(matcher), *declaration, *panel, *tenants, std::make_shared<const Exceptions>(std::move(loaded.exceptions)), std::move(*config), std::move(loaded.pack)};
  return attempt;
}

std::optional<Setup> set_up(const RuleOptions& options) {
  SetupAttempt attempt = try_set_up(options, cache_directory(), nullptr);
  for (const std::string& problem : attempt.problems) std::cerr << problem << "\n";
  return std::move(attempt.setup);
}

}  // namespace scanner

// The signature directory and the declaration, from disk.
#pragma once

#include "scanner/model/diagnostic.h"
#include "scanner/model/result.h"
#include "scanner/policy/declaration.h"
#include "scanner/policy/exceptions.h"
#include "scanner/policy/panel.h"
#include "scanner/policy/tenants.h"
#include "scanner/signature/pack_text.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace scanner {

// Every file under `directory` but hidden ones and those in hidden directories, in the order of
// their names, which does not depend on the file system's. An Error: it cannot be read.
Result<std::vector<std::string>> files_under(const std::string& directory);

// What a pack is made of, from a directory or from a bundle.
struct PackSource {
  std::vector<PackFile> files;       // parts of the pack (pack_text.h), in the order of their names
  std::vector<PackFile> exceptions;  // a bundle's exceptions.yaml, where it has one
};

// `path`: a directory of signatures, dialects and data sets, or a bundle (pack.h), signed or not:
// whose it is is asked where it is installed. An Error: it, or a file in it, cannot be read.
Result<PackSource> read_pack_source(const std::string& path);

// What these files hold together.
Result<std::shared_ptr<const Ruleset>> load_rules_from(std::span<const PackFile> files, Diagnostics& diagnostics, PatternCheck check = PatternCheck::Now);

// The same. What the cache of compiled signatures in `cache` (ruleset_cache.h; "": none) was made
// from had its patterns checked then, and is taken without.
Result<std::shared_ptr<const Ruleset>> load_rules_known_to(const std::string& cache, std::span<const PackFile> files, Diagnostics& diagnostics);

// Everything at `path`, a directory or a bundle. In a directory <activity>/*.yaml are signatures,
// dialects/*.yaml dialects, datasets/*.tsv data sets, models/*.yaml models of shapes; README files, hidden files, tests/ and
// baseline/ are passed over. An Error: it cannot be read, or what is in it has errors (they are
// in `diagnostics`, all of them).
Result<std::shared_ptr<const Ruleset>> load_rules(const std::string& path, Diagnostics& diagnostics);
Result<std::shared_ptr<const Ruleset>> load_rules_known_to(const std::string& cache, const std::string& path, Diagnostics& diagnostics);

Result<std::shared_ptr<const Panel>> load_panel_file(const std::string& path, Diagnostics& diagnostics);

// `path` "": no tenants.
Result<std::shared_ptr<const Tenants>> load_tenants_file(const std::string& path, Diagnostics& diagnostics);

// Adds what the file permits.
Result<void> load_exceptions_file(const std::string& path, Exceptions& exceptions, Diagnostics& diagnostics);
Result<void> load_permissions_file(const std::string& path, Exceptions& exceptions, Diagnostics& diagnostics);

Result<std::shared_ptr<const Declaration>> load_declaration_file(const std::string& path, Diagnostics& diagnostics);

}  // namespace scanner

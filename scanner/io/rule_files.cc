#include "scanner/io/rule_files.h"

#include "scanner/io/ruleset_cache.h"
#include "scanner/io/text_file.h"
#include "scanner/signature/dataset.h"
#include "scanner/signature/dialect.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <vector>

namespace scanner {
namespace {

namespace fs = std::filesystem;

// Sorted, so that what is loaded does not depend on the file system's order.
Result<std::vector<fs::path>> files_under(const std::string& directory) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end; it.increment(error))
    if (it->is_regular_file() && !it->path().filename().string().starts_with(".")) files.push_back(it->path());
  if (error) return fail(directory + ": " + error.message());
  std::sort(files.begin(), files.end());
  return files;
}

bool holds_rules(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".yaml" || extension == ".yml" || extension == ".tsv";
}

}  // namespace

Result<std::shared_ptr<const Ruleset>> load_rules_from(const std::vector<RuleFile>& files, Diagnostics& diagnostics, PatternCheck check) {
  Diagnostics found;  // of these files alone: the caller may have others
  std::vector<Signature> signatures;
  std::vector<Dialect> dialects;
  Datasets datasets;
  for (const RuleFile& file : files) {
    const fs::path path(file.path);
    if (!holds_rules(path)) continue;
    if (path.parent_path().filename().string() == "dialects")
      load_dialect(file.path, file.text, dialects, found);
    else if (path.extension() == ".tsv")
      load_dataset(file.path, file.text, datasets, found);
    else
      load_signature(file.path, file.text, signatures, found, check);
  }
  auto ruleset = Ruleset::make(std::move(signatures), std::move(datasets), DialectSet(std::move(dialects)), found);
  const bool wrong = !ruleset || has_errors(found);
  diagnostics.insert(diagnostics.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
  if (wrong) return fail("the signatures have errors");
  return ruleset;
}

Result<std::shared_ptr<const Ruleset>> load_rules(const std::string& directory, Diagnostics& diagnostics, PatternCheck check) {
  const auto paths = files_under(directory);
  if (!paths) return tl::unexpected(paths.error());
  std::vector<RuleFile> files;
  for (const fs::path& path : *paths) {
    if (!holds_rules(path)) continue;
    auto text = read_text_file(path.string());
    if (!text) return tl::unexpected(text.error());
    files.push_back({path.string(), std::move(*text)});
  }
  auto ruleset = load_rules_from(files, diagnostics, check);
  if (!ruleset) return fail(directory + ": " + ruleset.error().message);
  return ruleset;
}

Result<std::shared_ptr<const Ruleset>> load_rules_known_to(const std::string& cache, const std::string& directory, Diagnostics& diagnostics) {
  std::error_code error;
  Diagnostics found;
  if (!cache.empty()) {
    auto ruleset = load_rules(directory, found, PatternCheck::Later);
    if (ruleset && fs::exists(cache_file_of(**ruleset, cache), error)) {
      std::ranges::move(found, std::back_inserter(diagnostics));
      return ruleset;
    }
  }
  return load_rules(directory, diagnostics);
}

Result<std::shared_ptr<const Panel>> load_panel_file(const std::string& path, Diagnostics& diagnostics) {
  const auto text = read_text_file(path);
  if (!text) return tl::unexpected(text.error());
  auto panel = load_panel(path, *text, diagnostics);
  if (!panel) return fail(path + ": the panel has errors");
  return std::make_shared<const Panel>(std::move(*panel));
}

Result<std::shared_ptr<const Tenants>> load_tenants_file(const std::string& path, Diagnostics& diagnostics) {
  if (path.empty()) return std::make_shared<const Tenants>();
  const auto text = read_text_file(path);
  if (!text) return tl::unexpected(text.error());
  auto tenants = load_tenants(path, *text, diagnostics);
  if (!tenants) return fail(path + ": the tenants file has errors");
  return std::make_shared<const Tenants>(std::move(*tenants));
}

Result<void> load_exceptions_file(const std::string& path, Exceptions& exceptions, Diagnostics& diagnostics) {
  const auto text = read_text_file(path);
  if (!text) return tl::unexpected(text.error());
  if (!load_exceptions(path, *text, exceptions, diagnostics)) return fail(path + ": the exceptions have errors");
  return {};
}

Result<std::shared_ptr<const Declaration>> load_declaration_file(const std::string& path, Diagnostics& diagnostics) {
  const auto text = read_text_file(path);
  if (!text) return tl::unexpected(text.error());
  auto declaration = load_declaration(path, *text, diagnostics);
  if (!declaration) return fail(path + ": the declaration has errors");
  return std::make_shared<const Declaration>(std::move(*declaration));
}

}  // namespace scanner

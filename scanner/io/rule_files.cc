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

}  // namespace

Result<std::shared_ptr<const Ruleset>> load_rules(const std::string& directory, Diagnostics& diagnostics, PatternCheck check) {
  const auto files = files_under(directory);
  if (!files) return tl::unexpected(files.error());
  Diagnostics found;  // of this directory alone: the caller may have others
  std::vector<Signature> signatures;
  std::vector<Dialect> dialects;
  Datasets datasets;
  for (const fs::path& path : *files) {
    const std::string extension = path.extension().string();
    if (extension != ".yaml" && extension != ".yml" && extension != ".tsv") continue;
    const auto text = read_text_file(path.string());
    if (!text) return tl::unexpected(text.error());
    const std::string folder = path.parent_path().filename().string();
    if (folder == "dialects")
      load_dialect(path.string(), *text, dialects, found);
    else if (extension == ".tsv")
      load_dataset(path.string(), *text, datasets, found);
    else
      load_signature(path.string(), *text, signatures, found, check);
  }
  auto ruleset = Ruleset::make(std::move(signatures), std::move(datasets), DialectSet(std::move(dialects)), found);
  const bool wrong = !ruleset || has_errors(found);
  diagnostics.insert(diagnostics.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
  if (wrong) return fail(directory + ": the signatures have errors");
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

Result<std::shared_ptr<const Declaration>> load_declaration_file(const std::string& path, Diagnostics& diagnostics) {
  const auto text = read_text_file(path);
  if (!text) return tl::unexpected(text.error());
  auto declaration = load_declaration(path, *text, diagnostics);
  if (!declaration) return fail(path + ": the declaration has errors");
  return std::make_shared<const Declaration>(std::move(*declaration));
}

}  // namespace scanner

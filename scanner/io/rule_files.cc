#include "scanner/io/rule_files.h"

#include "scanner/io/ruleset_cache.h"
#include "scanner/io/text_file.h"

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

Result<std::vector<PackFile>> read_pack_directory(const std::string& directory) {
  const auto paths = files_under(directory);
  if (!paths) return tl::unexpected(paths.error());
  std::vector<PackFile> files;
  for (const fs::path& path : *paths) {
    PackFile file{path.string(), path.lexically_relative(directory).generic_string(), ""};
    if (part_of(file.place) == PackPart::Other) continue;
    auto text = read_text_file(file.path);
    if (!text) return tl::unexpected(text.error());
    file.text = std::move(*text);
    files.push_back(std::move(file));
  }
  return files;
}

Result<std::shared_ptr<const Ruleset>> load_rules_from(std::span<const PackFile> files, Diagnostics& diagnostics, PatternCheck check) {
  Diagnostics found;  // of these files alone: the caller may have others
  auto ruleset = make_ruleset(files, found, check);
  const bool wrong = !ruleset || has_errors(found);
  std::ranges::move(found, std::back_inserter(diagnostics));
  if (wrong) return fail("the signatures have errors");
  return ruleset;
}

Result<std::shared_ptr<const Ruleset>> load_rules(const std::string& directory, Diagnostics& diagnostics, PatternCheck check) {
  const auto files = read_pack_directory(directory);
  if (!files) return tl::unexpected(files.error());
  auto ruleset = load_rules_from(*files, diagnostics, check);
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

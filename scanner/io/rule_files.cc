#include "scanner/io/rule_files.h"

#include "scanner/io/pack.h"
#include "scanner/io/ruleset_cache.h"
#include "scanner/io/text_file.h"
#include "scanner/signature/expression.h"
#include "scanner/policy/permissions.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <vector>

namespace scanner {
namespace {

namespace fs = std::filesystem;

Result<std::vector<PackFile>> read_directory(const std::string& directory) {
  const auto paths = files_under(directory);
  if (!paths) return tl::unexpected(paths.error());
  std::vector<PackFile> files;
  for (const std::string& path : *paths) {
    PackFile file{path, fs::path(path).lexically_relative(directory).generic_string(), ""};
    if (part_of(file.place) == PackPart::Other) continue;
    auto text = read_text_file(file.path);
    if (!text) return tl::unexpected(text.error());
    file.text = std::move(*text);
    files.push_back(std::move(file));
  }
  return files;
}

// Whether every pattern can be used, in any order and without a word about which cannot.
bool are_sound(const Ruleset& ruleset) {
  return std::ranges::all_of(ruleset.signatures(), [](const Signature& signature) {
    return std::ranges::none_of(signature.patterns, [&](const Pattern& pattern) { return check_expression(pattern, is_stream(signature.field)).has_value(); });
  });
}

bool is_bundle(const std::string& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

Result<Pack> read_bundle(const std::string& path) {
  const auto bytes = read_text_file(path, kMaxPackBytes);
  if (!bytes) return tl::unexpected(bytes.error());
  auto pack = read_pack(as_bytes(*bytes));
  if (!pack) return fail(path + ": " + pack.error().message);
  return pack;
}

}  // namespace

Result<std::vector<std::string>> files_under(const std::string& directory) {
  std::error_code error;
  std::vector<fs::path> paths;
  for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const bool hidden = it->path().filename().string().starts_with(".");
    if (hidden && it->is_directory()) it.disable_recursion_pending();
    if (!hidden && it->is_regular_file()) paths.push_back(it->path());
  }
  if (error) return fail(directory + ": " + error.message());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> files;
  files.reserve(paths.size());
  for (const fs::path& path : paths) files.push_back(path.string());
  return files;
}

Result<PackSource> read_pack_source(const std::string& path) {
  PackSource source;
  if (is_bundle(path)) {
    const auto pack = read_bundle(path);
    if (!pack) return tl::unexpected(pack.error());
    source.files = rule_files_of(*pack);
    if (const TarFile* file = pack->find("exceptions.yaml")) source.exceptions.push_back({pack->title() + ":" + file->path, file->path, file->content});
    return source;
  }
  auto files = read_directory(path);
  if (!files) return tl::unexpected(files.error());
  source.files = std::move(*files);
  return source;
}

Result<std::shared_ptr<const Ruleset>> load_rules_from(std::span<const PackFile> files, Diagnostics& diagnostics, PatternCheck check) {
  Diagnostics found;  // of these files alone: the caller may have others
  auto ruleset = make_ruleset(files, found, check);
  const bool wrong = !ruleset || has_errors(found);
  std::ranges::move(found, std::back_inserter(diagnostics));
  if (wrong) return fail("the signatures have errors");
  return ruleset;
}

Result<std::shared_ptr<const Ruleset>> load_rules_known_to(const std::string& cache, std::span<const PackFile> files, Diagnostics& diagnostics) {
  std::error_code error;
  Diagnostics found;
  auto ruleset = load_rules_from(files, found, PatternCheck::Later);
  const bool compiled_before = ruleset && !cache.empty() && fs::exists(cache_file_of(**ruleset, cache), error);
  if (compiled_before || (ruleset && are_sound(**ruleset))) {
    std::ranges::move(found, std::back_inserter(diagnostics));
    return ruleset;
  }
  // Something is wrong: now everything is told at its place.
  return load_rules_from(files, diagnostics);
}

Result<std::shared_ptr<const Ruleset>> load_rules(const std::string& path, Diagnostics& diagnostics) { return load_rules_known_to("", path, diagnostics); }

Result<std::shared_ptr<const Ruleset>> load_rules_known_to(const std::string& cache, const std::string& path, Diagnostics& diagnostics) {
  if (is_bundle(path)) {
    const auto pack = read_bundle(path);
    if (!pack) return tl::unexpected(pack.error());
    return load_pack_rules(*pack, diagnostics, cache);
  }
  const auto files = read_directory(path);
  if (!files) return tl::unexpected(files.error());
  auto ruleset = load_rules_known_to(cache, *files, diagnostics);
  if (!ruleset) return fail(path + ": " + ruleset.error().message);
  return ruleset;
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

Result<void> load_permissions_file(const std::string& path, Exceptions& exceptions, Diagnostics& diagnostics) {
  const auto text = read_text_file(path);
  if (!text) return tl::unexpected(text.error());
  if (!load_permissions(path, *text, exceptions, diagnostics)) return fail(path + ": the permission register has errors");
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

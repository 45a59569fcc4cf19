#include "tools/aupsig/pack.h"

#include "scanner/app/setup.h"
#include "scanner/app/wording.h"
#include "scanner/io/pack.h"
#include "scanner/io/rule_files.h"
#include "scanner/io/text_file.h"
#include "scanner/model/digest.h"
#include "scanner/signature/examples.h"
#include "tools/aupsig/refusal.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <iterator>

namespace scanner {
namespace {

namespace fs = std::filesystem;

std::string today() {
  std::int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  if (const char* fixed = std::getenv("SOURCE_DATE_EPOCH"); fixed != nullptr && *fixed != '\0') seconds = std::strtoll(fixed, nullptr, 10);
  return to_rfc3339({seconds * 1'000'000'000}).substr(0, 10);
}

// Everything below `directory` but hidden files, under `prefix`.
Result<void> gather(const std::string& directory, const std::string& prefix, bool rules_only, std::vector<TarFile>& files) {
  std::error_code error;
  std::vector<fs::path> paths;
  for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const bool hidden = it->path().filename().string().starts_with(".");
    if (hidden && it->is_directory()) it.disable_recursion_pending();
    if (!hidden && it->is_regular_file()) paths.push_back(it->path());
  }
  if (error) return fail(directory + ": " + error.message());
  std::sort(paths.begin(), paths.end());
  for (const fs::path& path : paths) {
    const std::string extension = path.extension().string();
    if (rules_only && extension != ".yaml" && extension != ".yml" && extension != ".tsv") continue;
    auto content = read_text_file(path.string());
    if (!content) return tl::unexpected(content.error());
    files.push_back({prefix + path.lexically_relative(directory).generic_string(), std::move(*content)});
  }
  return {};
}

Result<void> gather_file(const std::string& path, const std::string& name, std::vector<TarFile>& files) {
  if (path.empty()) return {};
  auto content = read_text_file(path);
  if (!content) return tl::unexpected(content.error());
  files.push_back({name, std::move(*content)});
  return {};
}

void show(const Diagnostics& diagnostics) {
  for (const Diagnostic& diagnostic : diagnostics) std::cerr << to_text(diagnostic);
}

// The files' own checks; what is packed was judged as it is packed.
Result<std::string> checked_ruleset(const std::vector<TarFile>& files, const std::string& directory, Diagnostics& diagnostics) {
  std::vector<PackFile> rules;
  for (const TarFile& file : files) {
    if (file.path.starts_with("signatures/")) rules.push_back({directory + "/" + file.path.substr(11), file.path.substr(11), file.content});
    if (file.path == "declaration.yaml") static_cast<void>(load_declaration(file.path, file.content, diagnostics));
  }
  const auto ruleset = load_rules_from(rules, diagnostics);
  if (!ruleset) return tl::unexpected(ruleset.error());
  const auto matcher = make_hyperscan_matcher(*ruleset);
  if (!matcher) return tl::unexpected<Error>(matcher.error());
  std::ranges::move(check_examples(**matcher), std::back_inserter(diagnostics));
  if (has_errors(diagnostics)) return fail("what has errors is not packed");
  return (*ruleset)->content_id();
}

}  // namespace

ExitCode pack(const PackOptions& options) {
  const std::string directory = options.signatures.empty() ? shipped("signatures") : options.signatures;
  std::vector<TarFile> files;
  if (auto done = gather(directory, "signatures/", true, files); !done) return refuse(done.error().message);
  if (files.empty()) return refuse(directory + ": holds no signatures");
  if (auto done = gather_file(options.declaration, "declaration.yaml", files); !done) return refuse(done.error().message);
  if (auto done = gather_file(options.exceptions, "exceptions.yaml", files); !done) return refuse(done.error().message);
  if (!options.tests.empty())
    if (auto done = gather(options.tests, "tests/", false, files); !done) return refuse(done.error().message);
  Diagnostics diagnostics;
  const auto ruleset = checked_ruleset(files, directory, diagnostics);
  show(diagnostics);
  if (!ruleset) return refuse(ruleset.error().message, ExitCode::Found);
  const PackManifest manifest{options.name, options.version, options.date.empty() ? today() : options.date, *ruleset};
  const auto bytes = write_pack(manifest, std::move(files));
  if (!bytes) return refuse(bytes.error().message);
  const auto made = read_pack(as_bytes(*bytes));
  if (!made) return refuse("the pack cannot be read back: " + made.error().message);
  const std::string path = options.output.empty() ? options.name + "-" + std::to_string(options.version) + ".aup" : options.output;
  if (auto written = write_text_file(path, *bytes); !written) return refuse(written.error().message);
  std::cout << path << ": pack " << made->title() << " of " << manifest.date << ", " << made->files.size() << " files, " << bytes_text(bytes->size()) << "\n  id " << made->id << "\n  ruleset "
            << manifest.ruleset << "\n";
  return ExitCode::Done;
}

}  // namespace scanner

#include "tools/aupsig/pack.h"

#include "scanner/app/setup.h"
#include "scanner/app/wording.h"
#include "scanner/io/pack.h"
#include "scanner/io/rule_files.h"
#include "scanner/io/text_file.h"
#include "scanner/model/digest.h"
#include "scanner/signature/examples.h"
#include "tools/aupsig/lint_exceptions.h"
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

constexpr std::string_view kRules = "signatures/", kExceptions = "exceptions.yaml";

std::string today() {
  std::int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  if (const char* fixed = std::getenv("SOURCE_DATE_EPOCH"); fixed != nullptr && *fixed != '\0') seconds = std::strtoll(fixed, nullptr, 10);
  return to_rfc3339({seconds * 1'000'000'000}).substr(0, 10);
}

// The parts of a pack that lie in `directory`.
Result<void> gather_rules(const std::string& directory, std::vector<TarFile>& files) {
  std::error_code error;
  if (!fs::is_directory(directory, error)) return fail(directory + ": is no directory");
  auto source = read_pack_source(directory);
  if (!source) return tl::unexpected(source.error());
  for (PackFile& file : source->files) files.push_back({std::string(kRules) + file.place, std::move(file.text)});
  return {};
}

Result<void> gather_tests(const std::string& directory, std::vector<TarFile>& files) {
  const auto paths = files_under(directory);
  if (!paths) return tl::unexpected(paths.error());
  for (const std::string& path : *paths) {
    auto content = read_text_file(path);
    if (!content) return tl::unexpected(content.error());
    files.push_back({"tests/" + fs::path(path).lexically_relative(directory).generic_string(), std::move(*content)});
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

// The files' own checks; what is packed was judged as it is packed. `day`: on which what ends is told.
Result<std::string> checked_ruleset(const std::vector<TarFile>& files, const std::string& directory, const std::string& day, Diagnostics& diagnostics) {
  std::vector<PackFile> rules, exceptions;
  for (const TarFile& file : files) {
    if (file.path.starts_with(kRules)) rules.push_back({directory + "/" + file.path.substr(kRules.size()), file.path.substr(kRules.size()), file.content});
    if (file.path == kExceptions) exceptions.push_back({file.path, file.path, file.content});
    if (file.path == "declaration.yaml") static_cast<void>(load_declaration(file.path, file.content, diagnostics));
  }
  const auto ruleset = load_rules_from(rules, diagnostics);
  check_exceptions(exceptions, ruleset ? ruleset->get() : nullptr, day, diagnostics);
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
  if (auto done = gather_rules(directory, files); !done) return refuse(done.error().message);
  if (files.empty()) return refuse(directory + ": holds no signatures");
  if (auto done = gather_file(options.declaration, "declaration.yaml", files); !done) return refuse(done.error().message);
  if (auto done = gather_file(options.exceptions, std::string(kExceptions), files); !done) return refuse(done.error().message);
  if (!options.tests.empty())
    if (auto done = gather_tests(options.tests, files); !done) return refuse(done.error().message);
  Diagnostics diagnostics;
  const std::string day = options.date.empty() ? today() : options.date;
  const auto ruleset = checked_ruleset(files, directory, day, diagnostics);
  show(diagnostics);
  if (!ruleset) return refuse(ruleset.error().message, ExitCode::Found);
  const PackManifest manifest{options.name, options.version, day, *ruleset};
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

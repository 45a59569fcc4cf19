#include "tools/aupsig/import.h"

#include "scanner/app/wording.h"
#include "scanner/io/text_file.h"
#include "scanner/signature/load.h"
#include "tools/aupsig/refusal.h"
#include "tools/aupsig/translate/sigma_import.h"
#include "tools/aupsig/translate/suricata_import.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <iterator>

namespace scanner {
namespace {

namespace fs = std::filesystem;

Result<std::string> read_input(const std::string& path) {
  if (path != "-") return read_text_file(path);
  return std::string(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
}

// All or nothing: whether each can be written is seen before the first one is.
Result<void> write_files(const std::vector<ImportedFile>& files, const RuleImportOptions& options) {
  for (const ImportedFile& file : files)
    if (!options.force && fs::exists(fs::path(options.output) / file.path))
      return fail((fs::path(options.output) / file.path).string() + " is there already: --force writes over it, another -o leaves it");
  for (const ImportedFile& file : files) {
    const fs::path path = fs::path(options.output) / file.path;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) return fail(path.parent_path().string() + ": " + error.message());
    if (auto written = write_text_file(path.string(), file.text); !written) return written;
  }
  return {};
}

}  // namespace

ExitCode import_rules(const RuleImportOptions& options) {
  const auto activities = signature_activities();
  if (!options.settings.activity.empty() && std::ranges::find(activities, options.settings.activity) == activities.end())
    return refuse("--activity: \"" + options.settings.activity + "\" is not known; " + joined(std::vector<std::string>(activities.begin(), activities.end()), ", ") + " are");
  if (options.output.empty() && !options.dry_run) return refuse("-o DIR says where the signatures go; --dry-run only reports");
  TranslationReport report;
  std::vector<ImportedFile> files;
  std::size_t read = 0;
  for (const std::string& path : options.files) {
    const auto text = read_input(path);
    if (!text) {
      refuse(text.error().message);
      continue;
    }
    ++read;
    const std::string name = path == "-" ? "standard input" : path;
    if (options.format == "sigma") import_sigma(name, *text, options.settings, report, files);
    else import_suricata(name, *text, options.settings, report, files);
  }
  if (read == 0) return ExitCode::Usage;
  if (!options.dry_run)
    if (const auto written = write_files(files, options); !written) return refuse(written.error().message);
  std::cout << (options.json ? report_json(report) : report_text(report));
  if (files.empty()) return ExitCode::Usage;
  return report.count(TranslationOutcome::Refused) != 0 || read < options.files.size() ? ExitCode::Partial : ExitCode::Done;
}

}  // namespace scanner

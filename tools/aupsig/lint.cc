#include "tools/aupsig/lint.h"

#include "scanner/app/setup.h"
#include "scanner/app/version.h"
#include "scanner/app/wording.h"
#include "scanner/io/rule_files.h"
#include "scanner/io/text_file.h"
#include "scanner/model/time.h"
#include "tools/aupsig/lint_output.h"
#include "tools/aupsig/lint_rules.h"
#include "tools/aupsig/refusal.h"

#include <chrono>
#include <filesystem>
#include <iostream>

namespace scanner {
namespace {

std::string clock_day() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return to_rfc3339({std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()}).substr(0, 10);
}

Result<std::vector<PackFile>> baseline_of(const LintOptions& options, const std::string& pack) {
  std::vector<std::string> paths = options.baseline;
  std::error_code error;
  if (paths.empty() && std::filesystem::is_directory(pack + "/baseline", error)) paths.push_back(pack + "/baseline");
  std::vector<PackFile> all;
  for (const std::string& path : paths) {
    auto files = baseline_files(path);
    if (!files) return files;
    std::move(files->begin(), files->end(), std::back_inserter(all));
  }
  return all;
}

ExitCode list_rules(std::ostream& out) {
  for (const LintRule& rule : lint_rules()) out << rule.id << "  " << (is_suppressible(rule.id) ? "may be allowed  " : "                ") << rule.means << "\n";
  return ExitCode::Done;
}

}  // namespace

ExitCode lint(const LintOptions& options, std::ostream& out) {
  if (options.rules) return list_rules(out);
  const std::string today = options.today.empty() ? clock_day() : options.today;
  const auto day = parse_rfc3339(today + "T00:00:00Z");
  if (!day || to_rfc3339(*day).substr(0, 10) != today) return refuse("--today: \"" + today + "\" is no day as YYYY-MM-DD");
  const std::string pack = options.pack.empty() ? shipped("signatures") : options.pack;
  auto source = read_pack_source(pack);
  if (!source) return refuse(source.error().message);
  for (const std::string& path : options.exceptions) {
    auto text = read_text_file(path);
    if (!text) return refuse(text.error().message);
    source->exceptions.push_back({path, path, std::move(*text)});
  }
  if (source->files.empty()) return refuse(pack + ": no signatures, dialects or data sets");
  const auto baseline = baseline_of(options, pack);
  if (!baseline) return refuse(baseline.error().message);
  const auto result = lint_pack({source->files, *baseline, today, source->exceptions});
  if (!result) return refuse(result.error().message);
  switch (options.format) {
    case LintFormat::Text: out << lint_text(*result); break;
    case LintFormat::Json: out << lint_json(*result); break;
    case LintFormat::Sarif: out << lint_sarif(*result, kVersion); break;
  }
  const bool problems = options.deny_warnings ? !result->problems.empty() : has_errors(result->problems);
  return problems ? ExitCode::Found : ExitCode::Done;
}

}  // namespace scanner

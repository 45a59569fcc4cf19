#include "tools/aupsig/export.h"

#include "scanner/app/setup.h"
#include "scanner/app/wording.h"
#include "scanner/io/rule_files.h"
#include "scanner/io/text_file.h"
#include "scanner/model/pattern.h"
#include "tools/aupsig/refusal.h"
#include "tools/aupsig/translate/rule_export.h"

#include <algorithm>
#include <filesystem>
#include <iostream>

namespace scanner {
namespace {

namespace fs = std::filesystem;

bool is_meant(const std::string& id, const std::vector<std::string>& patterns) {
  return patterns.empty() || std::ranges::any_of(patterns, [&](const std::string& pattern) { return matches_pattern(pattern, id, Star::Any); });
}

// One rule's file for Sigma, whose rules have files; one file of all rules for Suricata.
struct Written {
  std::string path, text;
};

std::vector<Written> translate(const Ruleset& rules, const ExportOptions& options, TranslationReport& report) {
  const bool sigma = options.format == "sigma";
  std::vector<Written> files;
  std::uint32_t sid = options.first_sid;
  std::string all;
  for (const Signature& signature : rules.signatures()) {
    if (!is_meant(signature.id, options.signatures)) continue;
    Translation translation;
    translation.file = signature.file;
    translation.rule = signature.id;
    translation.title = signature.title;
    if (signature.status == SignatureStatus::Deprecated) translation.add(Effect::Cannot, "status", "it is deprecated");
    std::string text;
    if (!translation.refused()) text = sigma ? sigma_rule_text(signature, rules.datasets(), translation) : suricata_rules_text(signature, rules.datasets(), sid, translation);
    if (!translation.refused()) {
      const std::string path = sigma ? signature.id + ".yml" : "aupscan.rules";
      translation.written.push_back(path);
      if (sigma) files.push_back({path, text});
      else all += text;
      const bool differs = std::ranges::any_of(translation.notes, [](const TranslationNote& n) { return n.effect == Effect::Wider || n.effect == Effect::Narrower; });
      translation.outcome = differs ? TranslationOutcome::Differs : TranslationOutcome::Exact;
    }
    report.rules.push_back(std::move(translation));
  }
  if (!all.empty()) files.push_back({"aupscan.rules", all});
  return files;
}

}  // namespace

ExitCode export_rules(const ExportOptions& options) {
  if (options.output.empty()) return refuse("-o DIR says where the rules go");
  Diagnostics diagnostics;
  const auto rules = load_rules(options.pack.empty() ? shipped("signatures") : options.pack, diagnostics);
  for (const Diagnostic& d : diagnostics) std::cerr << to_text(d);
  if (!rules) return refuse(rules.error().message);
  TranslationReport report;
  report.what = "signatures";
  report.limits = {"what a signature is worth (stage, weight) is a level there, and no part of the rule"};
  if (options.format == "suricata") report.limits.emplace_back("a signature holds once in a flow's first 4096 bytes, a rule wherever in a connection and in every packet");
  const std::vector<Written> files = translate(**rules, options, report);
  if (report.rules.empty()) return refuse("no signature is meant by " + joined(options.signatures, ", "));
  for (const Written& file : files)
    if (!options.force && fs::exists(fs::path(options.output) / file.path)) return refuse((fs::path(options.output) / file.path).string() + " is there already: --force writes over it");
  std::error_code error;
  fs::create_directories(options.output, error);
  if (error) return refuse(options.output + ": " + error.message());
  for (const Written& file : files)
    if (const auto written = write_text_file((fs::path(options.output) / file.path).string(), file.text); !written) return refuse(written.error().message);
  std::cout << (options.json ? report_json(report) : report_text(report));
  if (files.empty()) return ExitCode::Usage;
  return report.count(TranslationOutcome::Refused) == 0 ? ExitCode::Done : ExitCode::Partial;
}

}  // namespace scanner

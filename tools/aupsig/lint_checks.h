// What lint doubts: each function looks at one thing of a pack whose files load.
#pragma once

#include "scanner/signature/matcher.h"
#include "tools/aupsig/baseline.h"
#include "tools/aupsig/lint_source.h"

#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace scanner {

// The source of a file by its path; null where it is none of the pack.
using SourceOf = std::function<LintSource*(const std::string& path)>;

struct LintContext {
  const Matcher& matcher;
  Scratch& scratch;
  std::span<const BenignText> baseline;
  std::string_view today;  // "": unknown
  const SourceOf& source_of;

  const Ruleset& ruleset() const { return matcher.ruleset(); }
};

void doubt_patterns(const LintContext& context, std::uint32_t signature);    // W201 to W203, W209, W213, W214
void doubt_statements(const LintContext& context, std::uint32_t signature);  // W207, W208, W210 to W212, W215
void doubt_examples(const LintContext& context, std::uint32_t signature);    // W205, W206
void doubt_against_baseline(const LintContext& context);                     // W204
void doubt_dialects(const LintContext& context, std::span<const PackFile> files);  // W230 to W233
void doubt_datasets(const LintContext& context, std::span<const PackFile> files);  // W240 to W243

}  // namespace scanner

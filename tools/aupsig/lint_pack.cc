#include "tools/aupsig/lint_pack.h"

#include "scanner/signature/examples.h"
#include "tools/aupsig/lint_checks.h"
#include "tools/aupsig/lint_exceptions.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace scanner {
namespace {

bool earlier(const Diagnostic& a, const Diagnostic& b) {
  return std::tie(a.at.file, a.at.line, a.at.column, a.code) < std::tie(b.at.file, b.at.line, b.at.column, b.code);
}

std::vector<PackFile> all_but(std::span<const PackFile> files, const std::set<std::string>& left_out) {
  std::vector<PackFile> rest;
  for (const PackFile& file : files)
    if (!left_out.contains(file.path)) rest.push_back(file);
  return rest;
}

// What the parts' fitting together is told of has no line yet: here it gets one.
void locate(std::span<const PackFile> files, Diagnostics& problems) {
  for (Diagnostic& d : problems) {
    if (d.at.line > 0 || (d.code != "E111" && d.code != "E114")) continue;
    Diagnostics none;
    for (const PackFile& file : files) {
      if (d.at.file.empty() && part_of(file.place) == PackPart::Dataset) {
        const std::size_t name = d.message.find('"') + 1;
        const Place at = LintSource(file, none).line_that_begins("#! name: " + d.message.substr(name, d.message.rfind('"') - name));
        if (at.line > 0) d.at = {file.path, at.line, at.column};
      } else if (d.at.file == file.path) {
        const Place at = LintSource(file, none).key({d.code == "E111" ? "id" : "condition"});
        d.at = {file.path, at.line, at.column};
      }
    }
  }
}

// What can still be judged where the parts do not fit together: the files that were blamed
// for that are left out. Null where that does not help either.
std::shared_ptr<const Ruleset> rest_of(std::span<const PackFile> files, const Diagnostics& problems) {
  std::set<std::string> blamed;
  for (const Diagnostic& d : problems) blamed.insert(d.at.file);
  Diagnostics told_before;
  return make_ruleset(all_but(files, blamed), told_before);
}

// One pattern and nothing else, to be compiled.
std::shared_ptr<const Ruleset> alone(const Signature& signature, std::size_t pattern) {
  Signature one = signature;
  one.patterns = {signature.patterns[pattern]};
  ConditionError none;
  if (auto any = Condition::parse("any of them", {one.patterns[0].name}, none)) one.condition = std::move(*any);
  std::vector<Signature> only;
  only.push_back(std::move(one));
  Diagnostics problems;
  return Ruleset::make(std::move(only), {}, {}, problems);
}

// Patterns that each could be read and that Hyperscan refuses when it compiles them.
Diagnostics refused_patterns(const Ruleset& ruleset) {
  Diagnostics refused;
  for (const Signature& signature : ruleset.signatures())
    for (std::size_t i = 0; i < signature.patterns.size() && is_searched(signature); ++i) {
      const auto matcher = make_hyperscan_matcher(alone(signature, i));
      if (matcher) continue;
      Diagnostic d;
      d.code = "E117";
      d.message = "the pattern \"" + signature.patterns[i].name + "\" is refused when it is compiled: " + matcher.error().message.substr(0, matcher.error().message.find(" ("));
      d.at = {signature.file, signature.patterns[i].line, signature.patterns[i].column};
      d.hint = "ask for less of what repeats, or for any number of it";
      refused.push_back(std::move(d));
    }
  return refused;
}

// The compiled patterns of all that compiles. Null where nothing does; `problems` says why.
std::unique_ptr<Matcher> compile(std::span<const PackFile> files, std::shared_ptr<const Ruleset> ruleset, Diagnostics& problems) {
  auto matcher = make_hyperscan_matcher(ruleset);
  if (matcher) return std::move(*matcher);
  const Diagnostics refused = refused_patterns(*ruleset);
  problems.insert(problems.end(), refused.begin(), refused.end());
  if (refused.empty()) {  // each is small enough, all together are not
    Diagnostic d;
    d.code = "E117";
    d.message = matcher.error().message;
    d.at.file = ruleset->signatures().front().file;
    problems.push_back(std::move(d));
    return nullptr;
  }
  ruleset = rest_of(files, problems);
  if (!ruleset) return nullptr;
  matcher = make_hyperscan_matcher(ruleset);
  return matcher ? std::move(*matcher) : nullptr;
}

class Sources {
 public:
  Sources(std::span<const PackFile> files, Diagnostics& problems) {
    for (const PackFile& file : files)
      if (part_of(file.place) != PackPart::Other) by_path_.emplace(file.path, LintSource(file, problems));
  }
  LintSource* find(const std::string& path) {
    const auto found = by_path_.find(path);
    return found == by_path_.end() ? nullptr : &found->second;
  }

 private:
  std::map<std::string, LintSource> by_path_;
};

void doubt_all(const Matcher& matcher, const LintInput& input, std::span<const BenignText> baseline, Diagnostics& problems) {
  Sources sources(input.files, problems);
  const auto scratch = matcher.make_scratch();
  const SourceOf source_of = [&](const std::string& path) { return sources.find(path); };
  const LintContext context{matcher, *scratch, baseline, input.today, source_of};
  const std::vector<Signature>& signatures = matcher.ruleset().signatures();
  for (std::uint32_t i = 0; i < signatures.size(); ++i) {
    doubt_statements(context, i);
    if (!is_searched(signatures[i])) continue;
    doubt_patterns(context, i);
    doubt_examples(context, i);
  }
  doubt_against_baseline(context);
  doubt_dialects(context, input.files);
  doubt_datasets(context, input.files);
}

void count_parts(const Ruleset& ruleset, LintResult& result) {
  const Datasets& sets = ruleset.datasets();
  result.signatures = ruleset.signatures().size();
  result.dialects = ruleset.dialects().dialects().size();
  result.datasets = sets.host_sets().size() + sets.port_sets().size() + sets.template_sets().size() + sets.agent_sets().size() + sets.word_sets().size();
}

}  // namespace

Result<LintResult> lint_pack(const LintInput& input) {
  if (const auto able = make_hyperscan_matcher(Ruleset::empty()); !able) return tl::unexpected(able.error());
  LintResult result;
  Diagnostics& problems = result.problems;
  auto ruleset = make_ruleset(input.files, problems);
  locate(input.files, problems);
  if (!ruleset) ruleset = rest_of(input.files, problems);
  const std::vector<BenignText> baseline = read_baseline(input.baseline, problems);
  result.benign_texts = baseline.size();
  bool judged = false;
  if (ruleset) {
    count_parts(*ruleset, result);
    if (const auto matcher = compile(input.files, ruleset, problems)) {
      judged = true;
      const Diagnostics wrong = check_examples(*matcher);
      problems.insert(problems.end(), wrong.begin(), wrong.end());
      doubt_all(*matcher, input, baseline, problems);
    }
  }
  check_exceptions(input.exceptions, ruleset.get(), input.today, problems);
  std::vector<const PackFile*> sources;
  for (const auto& part : {input.files, input.exceptions})
    for (const PackFile& file : part) sources.push_back(&file);
  for (const PackFile* source : sources) {
    const PackFile& file = *source;
    for (Diagnostic& d : problems)
      if (d.at.file == file.path && d.line_text.empty() && d.at.line > 0) d.line_text = shown_line(file.text, d.at.line);
    auto allowed = apply_suppressions(file, judged, problems);
    std::move(allowed.begin(), allowed.end(), std::back_inserter(result.suppressed));
  }
  std::stable_sort(problems.begin(), problems.end(), earlier);
  std::stable_sort(result.suppressed.begin(), result.suppressed.end(), [](const Suppressed& a, const Suppressed& b) { return earlier(a.diagnostic, b.diagnostic); });
  return result;
}

}  // namespace scanner

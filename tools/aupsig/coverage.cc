#include "tools/aupsig/coverage.h"

#include "scanner/io/text_file.h"
#include "tools/aupsig/capture_outcomes.h"
#include "tools/aupsig/corpus_run.h"
#include "tools/aupsig/refusal.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <mutex>

namespace scanner {
namespace {

namespace fs = std::filesystem;

bool is_active(const Signature& signature) { return signature.status == SignatureStatus::Active; }

// Where the test cases lie, if nobody says: in the pack, or in the checkout round it.
std::string find_cases(const std::string& pack) {
  std::error_code error;
  const fs::path root = fs::weakly_canonical(pack, error);
  for (const fs::path& place : {root / "tests", root.parent_path() / "tests" / "scenario"})
    if (fs::is_directory(place, error)) return place.string();
  return "";
}

// A case is a directory with an expectation, <activity>/<case>/expect.yaml.
std::map<std::string, std::size_t> count_cases(const std::string& directory) {
  std::map<std::string, std::size_t> counts;
  std::error_code error;
  if (directory.empty()) return counts;
  for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end; it.increment(error))
    if (it->path().filename() == "expect.yaml") ++counts[it->path().parent_path().parent_path().filename().string()];
  return counts;
}

std::string activity_of(const Dialect& dialect) { return dialect.web ? "mining.web" : dialect.solo ? "mining.solo" : "mining.pool"; }

ActivityCoverage& activity_named(CoverageResult& result, const std::string& name) {
  const auto found = std::find_if(result.activities.begin(), result.activities.end(), [&](const ActivityCoverage& one) { return one.activity == name; });
  if (found != result.activities.end()) return *found;
  ActivityCoverage& added = result.activities.emplace_back();
  added.activity = name;
  added.declared = false;
  return added;
}

void list_parts(CoverageResult& result, const Declaration& declaration, const std::map<std::string, std::size_t>& cases) {
  const DeclarationEdition& edition = declaration.editions().back();
  result.declaration_version = edition.version;
  for (const ProhibitedActivity& prohibited : edition.activities) {
    ActivityCoverage& one = result.activities.emplace_back();
    one.activity = prohibited.activity;
    one.clause = prohibited.clause;
    one.item = prohibited.item;
    one.description = prohibited.en;
  }
  const Ruleset& ruleset = result.matcher->ruleset();
  for (const Dialect& dialect : ruleset.dialects().dialects()) activity_named(result, activity_of(dialect)).dialects.push_back(dialect.id);
  std::map<std::string, TechniqueCoverage> techniques;
  for (const Signature& signature : ruleset.signatures()) {
    const std::size_t at = result.signatures.size();
    result.signatures.push_back({&signature, 0, 0, {}});
    ActivityCoverage& activity = activity_named(result, signature.activity);
    activity.signatures.push_back(at);
    activity.active += is_active(signature) ? 1 : 0;
    result.unmapped += signature.attack.empty() ? 1 : 0;
    for (const std::string& id : signature.attack) {
      TechniqueCoverage& technique = techniques[id];
      technique.id = id;
      technique.by_activity[signature.activity].push_back(at);
      technique.active = technique.active || is_active(signature);
    }
  }
  for (auto& [id, technique] : techniques) result.techniques.push_back(std::move(technique));
  for (ActivityCoverage& activity : result.activities)
    if (const auto found = cases.find(activity.activity); found != cases.end()) activity.cases = found->second;
}

bool run_corpus(CoverageResult& result, const Setup& pack, const CoverageOptions& options) {
  const Corpus corpus = find_corpus(options.corpus);
  for (const std::string& problem : corpus.problems) complain(problem);
  std::mutex mutex;  // of the result
  for_each_file(corpus.files, options.threads, options.quiet, [&](std::size_t at) {
    const CaptureOutcomes run = judge_capture(corpus.files[at].path, {&pack});
    const std::lock_guard lock(mutex);
    ++result.captures;
    result.unreadable += run.error.empty() ? 0 : 1;
    result.partial += run.partial ? 1 : 0;
    if (!run.error.empty()) return;
    for (std::size_t i = 0; i < run.packs[0].hits.size(); ++i) {
      result.signatures[i].hits += run.packs[0].hits[i];
      result.signatures[i].captures += run.packs[0].hits[i] > 0 ? 1 : 0;
    }
    for (const Outcome& outcome : run.packs[0].verdicts) {
      ActivityCoverage& activity = activity_named(result, outcome.activity);
      ++activity.concluded;
      for (const auto& [source, revision] : outcome.sources) activity.concluded_by.insert(source);
    }
  });
  if (result.captures == result.unreadable) {
    complain("no capture and no recording that can be read is among what was named");
    return false;
  }
  result.unreadable += corpus.problems.size();
  // Those that only the corpus named came in the order of the threads.
  std::stable_sort(result.activities.begin(), result.activities.end(),
                   [](const ActivityCoverage& a, const ActivityCoverage& b) { return !a.declared && !b.declared ? a.activity < b.activity : a.declared > b.declared; });
  for (TechniqueCoverage& technique : result.techniques)
    for (const auto& [activity, signatures] : technique.by_activity)
      technique.fired = technique.fired || std::any_of(signatures.begin(), signatures.end(), [&](std::size_t at) { return result.signatures[at].hits > 0; });
  result.ran = true;
  return true;
}

void raise_flags(CoverageResult& result) {
  for (SignatureCoverage& one : result.signatures) {
    if (!is_active(*one.signature)) one.flags.emplace_back(to_string(one.signature->status));
    if (one.signature->attack.empty()) one.flags.emplace_back("no technique");
    if (one.signature->no_match.size() < 2) one.flags.emplace_back("one near miss");
    if (result.ran && one.hits == 0 && is_searched(*one.signature)) one.flags.emplace_back("never fired");
  }
  for (ActivityCoverage& activity : result.activities) {
    if (!activity.declared) activity.flags.emplace_back("not in the declaration");
    if (activity.signatures.empty() && activity.dialects.empty()) activity.flags.emplace_back("no signature, no dialect");
    if (!activity.signatures.empty() && activity.active == 0 && activity.dialects.empty()) activity.flags.emplace_back("only experimental");
    if (activity.cases == 0) activity.flags.emplace_back("no test case");
    if (result.ran && activity.concluded == 0) activity.flags.emplace_back("never concluded");
  }
}

bool write_picture(const CoverageResult& result, const std::string& path) {
  const bool svg = path.ends_with(".svg");
  if (!svg && !path.ends_with(".html")) {
    complain("--picture: " + path + " ends neither in .svg nor in .html");
    return false;
  }
  const auto written = write_text_file(path, coverage_picture(result, !svg));
  if (!written) complain(written.error().message);
  return written.has_value();
}

}  // namespace

std::size_t CoverageResult::holes() const {
  std::size_t sum = 0;
  for (const ActivityCoverage& activity : activities) sum += activity.flags.size();
  return sum;
}

std::optional<CoverageResult> compute_coverage(const CoverageOptions& options) {
  RuleOptions rules = options.rules;
  rules.signatures = options.pack.empty() ? shipped("signatures") : options.pack;
  const SetupAttempt attempt = try_set_up(rules, "", nullptr);
  for (const std::string& problem : attempt.problems) std::cerr << problem << "\n";
  if (!attempt.setup) return std::nullopt;
  CoverageResult result;
  result.path = rules.signatures;
  result.matcher = attempt.setup->matcher;
  result.cases = options.cases.empty() ? find_cases(rules.signatures) : options.cases;
  list_parts(result, *attempt.setup->declaration, count_cases(result.cases));
  if (!options.corpus.empty() && !run_corpus(result, *attempt.setup, options)) return std::nullopt;
  raise_flags(result);
  return result;
}

ExitCode coverage(const CoverageOptions& options) {
  const auto result = compute_coverage(options);
  if (!result) return ExitCode::Usage;
  const Sheet sheet = coverage_sheet(*result);
  bool written = options.picture.empty() || write_picture(*result, options.picture);
  for (const std::string& path : options.reports) written = write_sheet(sheet, path) && written;
  std::cout << (options.json ? coverage_json(*result) : sheet_text(sheet));
  std::cout.flush();
  if (!written) return ExitCode::Usage;
  return result->unreadable + result->partial > 0 ? ExitCode::Partial : ExitCode::Done;
}

}  // namespace scanner

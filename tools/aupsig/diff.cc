#include "tools/aupsig/diff.h"

#include "scanner/signature/compile_cost.h"
#include "tools/aupsig/corpus_run.h"
#include "tools/aupsig/diff_report.h"
#include "tools/aupsig/refusal.h"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <mutex>

namespace scanner {
namespace {

std::optional<Setup> load_pack(const std::string& directory, const DiffOptions& options, const std::shared_ptr<const Matcher>& known) {
  RuleOptions rules = options.rules;
  rules.signatures = directory;
  SetupAttempt attempt = try_set_up(rules, "", known);
  for (const std::string& problem : attempt.problems) std::cerr << problem << "\n";
  if (attempt.setup && !options.local.empty()) attempt.setup->config.local = options.local;
  return std::move(attempt.setup);
}

PackSize size_of(const Ruleset& ruleset) {
  std::vector<const Signature*> all;
  for (const Signature& signature : ruleset.signatures()) all.push_back(&signature);
  PackSize size;
  size.signatures = all.size();
  for (std::size_t field = 0; field < kFieldCount; ++field) {
    const auto cost = compile_cost(all, static_cast<Field>(field));
    if (!cost) continue;  // the matcher compiled: only a plainer processor's refusal is left
    size.database_bytes += cost->database_bytes;
    size.stream_bytes += cost->stream_bytes;
  }
  return size;
}

CaptureChange change_of(const CorpusFile& file, CaptureOutcomes& run) {
  CaptureChange change;
  change.file = file;
  change.error = run.error;
  change.partial = run.partial;
  change.warnings = std::move(run.warnings);
  if (!run.error.empty()) return change;
  for (std::size_t side = 0; side < 2; ++side)
    for (const Outcome& verdict : run.packs[side].verdicts) ++change.verdicts[side][static_cast<std::size_t>(verdict.type)];
  change.changes = compare_outcomes(std::move(run.packs[0].verdicts), std::move(run.packs[1].verdicts));
  return change;
}

// Hits of signatures, whatever index they have in their packs.
class HitTotals {
 public:
  explicit HitTotals(const std::array<const Ruleset*, 2>& rulesets) : rulesets_(rulesets) {
    for (std::size_t side = 0; side < 2; ++side)
      for (const Signature& signature : rulesets[side]->signatures()) {
        SignatureHits& total = totals_[signature.id];
        total.id = signature.id;
        total.there[side] = true;
      }
    for (std::size_t side = 0; side < 2; ++side)
      for (const Signature& signature : rulesets[side]->signatures()) places_[side].push_back(&totals_[signature.id]);
  }

  // Whether a signature hit more often under one pack than under the other.
  bool add(const std::vector<PackOutcomes>& packs) {
    std::map<const SignatureHits*, std::array<std::uint64_t, 2>> here;
    for (std::size_t side = 0; side < 2; ++side)
      for (std::size_t i = 0; i < packs[side].hits.size(); ++i) {
        const std::uint64_t hits = packs[side].hits[i];
        if (hits == 0) continue;
        places_[side][i]->hits[side] += hits;
        ++places_[side][i]->captures[side];
        here[places_[side][i]][side] = hits;
      }
    return std::any_of(here.begin(), here.end(), [](const auto& pair) { return pair.second[0] != pair.second[1]; });
  }

  std::vector<SignatureHits> take() const {
    std::vector<SignatureHits> all;
    for (const auto& [id, total] : totals_) all.push_back(total);
    return all;
  }

 private:
  std::array<const Ruleset*, 2> rulesets_;
  std::map<std::string, SignatureHits> totals_;
  std::array<std::vector<SignatureHits*>, 2> places_;  // by the signature's index
};

void judge_corpus(const std::vector<CorpusFile>& files, const std::array<Setup, 2>& packs, const DiffOptions& options, DiffResult& result) {
  HitTotals totals({&packs[0].matcher->ruleset(), &packs[1].matcher->ruleset()});
  result.captures.resize(files.size());
  std::mutex mutex;  // of the totals
  for_each_file(files, options.threads, options.quiet, [&](std::size_t at) {
    CaptureOutcomes run = judge_capture(files[at].path, {&packs[0], &packs[1]});
    bool hits_differ = false;
    if (run.error.empty()) {
      const std::lock_guard lock(mutex);
      hits_differ = totals.add(run.packs);
      result.packets += run.packets;
      result.bytes += run.bytes;
      result.dropped += run.packs[0].dropped + run.packs[1].dropped;
    }
    result.captures[at] = change_of(files[at], run);
    result.captures[at].hits_differ = hits_differ;
  });
  result.hits = totals.take();
}

ExitCode conclude(const DiffResult& result) {
  if (result.differs()) return ExitCode::Unexpected;
  const bool partial = result.partial() + result.unreadable() + result.problems.size() > 0 || (result.back_test && !result.back_test->problems.empty());
  return partial ? ExitCode::Partial : ExitCode::Done;
}

}  // namespace

std::size_t DiffResult::changed_captures() const {
  return static_cast<std::size_t>(std::count_if(captures.begin(), captures.end(), [](const CaptureChange& capture) { return !capture.changes.empty(); }));
}

std::size_t DiffResult::changes() const {
  std::size_t sum = 0;
  for (const CaptureChange& capture : captures) sum += capture.changes.size();
  return sum;
}

std::size_t DiffResult::unreadable() const {
  return static_cast<std::size_t>(std::count_if(captures.begin(), captures.end(), [](const CaptureChange& capture) { return !capture.error.empty(); }));
}

std::size_t DiffResult::partial() const {
  return static_cast<std::size_t>(std::count_if(captures.begin(), captures.end(), [](const CaptureChange& capture) { return capture.partial; }));
}

bool DiffResult::differs() const {
  return (back_test && !back_test->changes.empty()) || std::any_of(captures.begin(), captures.end(), [](const CaptureChange& capture) { return !capture.changes.empty() || capture.hits_differ; });
}

std::optional<DiffResult> compute_diff(const DiffOptions& options) {
  auto before = load_pack(options.before, options, nullptr);
  auto after = load_pack(options.after, options, before ? before->matcher : nullptr);
  if (!before || !after) return std::nullopt;
  const std::array<Setup, 2> packs{std::move(*before), std::move(*after)};
  DiffResult result;
  result.paths = {options.before, options.after};
  for (std::size_t side = 0; side < 2; ++side) {
    const Ruleset& ruleset = packs[side].matcher->ruleset();
    result.matchers[side] = packs[side].matcher;
    result.sizes[side] = side == 1 && packs[0].matcher == packs[1].matcher ? result.sizes[0] : size_of(ruleset);
  }
  const Corpus corpus = find_corpus(options.corpus);
  result.problems = corpus.problems;
  for (const std::string& problem : corpus.problems) complain(problem);
  if (!options.observations.empty()) {
    result.back_test = back_test(options.observations, result.matchers);
    for (const std::string& problem : result.back_test->problems) complain(problem);
  }
  const auto begin = std::chrono::steady_clock::now();
  if (!corpus.files.empty()) judge_corpus(corpus.files, packs, options, result);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const bool texts = result.back_test && result.back_test->unread < result.back_test->files;
  if (result.unreadable() == result.captures.size() && !texts) {
    for (const CaptureChange& capture : result.captures) complain(capture.error);
    complain("no capture, recording or observation that can be read is among what was named");
    return std::nullopt;
  }
  result.pack = compare_packs(packs[0].matcher->ruleset(), packs[1].matcher->ruleset());
  return result;
}

ExitCode diff(const DiffOptions& options) {
  const auto result = compute_diff(options);
  if (!result) return ExitCode::Usage;
  const Sheet sheet = diff_sheet(*result);
  bool written = true;
  for (const std::string& path : options.reports) written = write_sheet(sheet, path) && written;
  std::cout << (options.json ? diff_json(*result) : sheet_text(sheet));
  std::cout.flush();
  return written ? conclude(*result) : ExitCode::Usage;
}

}  // namespace scanner

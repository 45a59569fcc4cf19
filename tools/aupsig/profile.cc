#include "tools/aupsig/profile.h"

#include "scanner/app/search_time.h"
#include "scanner/app/setup.h"
#include "scanner/app/thread_pool.h"
#include "scanner/io/rule_files.h"
#include "scanner/io/text_file.h"
#include "tools/aupsig/corpus_files.h"
#include "tools/aupsig/field_texts.h"
#include "tools/aupsig/refusal.h"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <thread>

namespace scanner {
namespace {

constexpr std::string_view kBudgetFile = "pack.budget";

using FieldTexts = std::array<std::vector<PortedText>, kFieldCount>;

// Every text of the corpus, as far as the bound allows; the rest is counted.
FieldTexts read_corpus(const std::vector<CorpusFile>& files, std::size_t most_bytes, Profile& profile) {
  FieldTexts texts;
  for (const CorpusFile& file : files) {
    const CollectedTexts collected = collect_texts(file.path, [&](FieldText&& text) {
      const auto field = static_cast<std::size_t>(text.field);
      FieldLoad& load = profile.fields[field];
      if (load.bytes + text.text.size() > most_bytes) {
        load.left_out += text.text.size();
        return;
      }
      ++load.texts;
      load.bytes += text.text.size();
      texts[field].push_back({std::move(text.text), text.port});
    });
    ++profile.captures;
    profile.unreadable += collected.error.empty() ? 0 : 1;
    profile.partial += collected.partial ? 1 : 0;
  }
  return texts;
}

// In how many texts a pattern of each signature was found, and its condition held.
void count_hits(const Matcher& matcher, Field field, const std::vector<PortedText>& texts, std::vector<SignatureProfile*>& by_index) {
  const auto scratch = matcher.make_scratch();
  std::vector<PatternHit> hits;
  std::vector<SignatureMatch> matches;
  const auto stream = is_stream(field) ? matcher.open(field) : nullptr;
  for (const PortedText& text : texts) {
    hits.clear();
    matches.clear();
    const MatchFacts facts{text.port};
    if (stream) {
      stream->scan(as_bytes(text.text), *scratch, hits);
      stream->restart();
      if (!hits.empty()) StreamMatch(matcher, field, facts).scan(as_bytes(text.text), *scratch, matches);
    } else {
      matcher.find(field, as_bytes(text.text), *scratch, hits);
      if (!hits.empty()) matcher.match(field, as_bytes(text.text), facts, *scratch, matches);
    }
    std::sort(hits.begin(), hits.end(), [](const PatternHit& a, const PatternHit& b) { return a.signature < b.signature; });
    hits.erase(std::unique(hits.begin(), hits.end(), [](const PatternHit& a, const PatternHit& b) { return a.signature == b.signature; }), hits.end());
    for (const PatternHit& hit : hits) ++by_index[hit.signature]->found;
    for (const SignatureMatch& match : matches) ++by_index[match.signature]->matches;
  }
}

bool measure_sizes(Profile& profile) {
  std::vector<const Signature*> all;
  for (const Signature& signature : profile.ruleset->signatures()) all.push_back(&signature);
  std::array<CompileCost, kFieldCount> fields;
  for (std::size_t field = 0; field < kFieldCount; ++field) {
    const auto cost = compile_cost(all, static_cast<Field>(field));
    if (!cost) {
      complain(cost.error().message);
      return false;
    }
    fields[field] = *cost;
    profile.pack.database_bytes += cost->database_bytes;
    profile.pack.stream_bytes += cost->stream_bytes;
  }
  for (const Signature* signature : all) {
    if (!is_searched(*signature)) continue;
    SignatureProfile& one = profile.signatures.emplace_back();
    one.signature = signature;
    one.kind = compile_class(*signature);
  }
  std::vector<std::string> refusals(profile.signatures.size());
  ThreadPool pool(std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, profile.signatures.size() + 1));
  pool.run(profile.signatures.size(), [&](std::size_t i, std::size_t) {
    SignatureProfile& one = profile.signatures[i];
    const Field field = one.signature->field;
    std::vector<const Signature*> others = all;
    std::erase(others, one.signature);
    const auto alone = compile_cost({one.signature}, field), without = compile_cost(others, field);
    if (!alone || !without) {
      refusals[i] = (alone ? without : alone).error().message;
      return;
    }
    one.alone = *alone;
    const CompileCost& with = fields[static_cast<std::size_t>(field)];
    one.adds_bytes = static_cast<std::int64_t>(with.database_bytes) - static_cast<std::int64_t>(without->database_bytes);
    one.adds_stream = static_cast<std::int64_t>(with.stream_bytes) - static_cast<std::int64_t>(without->stream_bytes);
  });
  for (const std::string& refusal : refusals) {
    if (refusal.empty()) continue;
    complain(refusal);
    return false;
  }
  return true;
}

bool measure_times(Profile& profile, const FieldTexts& texts, unsigned rounds) {
  const auto whole = make_hyperscan_matcher(profile.ruleset);
  if (!whole) {
    complain(whole.error().message);
    return false;
  }
  std::vector<SignatureProfile*> by_index(profile.ruleset->signatures().size());
  for (SignatureProfile& one : profile.signatures) by_index[static_cast<std::size_t>(one.signature - profile.ruleset->signatures().data())] = &one;
  for (std::size_t f = 0; f < kFieldCount; ++f) {
    const auto field = static_cast<Field>(f);
    if (!(*whole)->wants(field) || texts[f].empty()) continue;
    profile.fields[f].nanoseconds = search_time(**whole, field, texts[f], rounds);
    count_hits(**whole, field, texts[f], by_index);
  }
  for (SignatureProfile& one : profile.signatures) {
    const auto f = static_cast<std::size_t>(one.signature->field);
    if (texts[f].empty()) continue;
    const auto matcher = matcher_of(*one.signature);
    if (!matcher) {
      complain(matcher.error().message);
      return false;
    }
    one.nanoseconds = search_time(**matcher, one.signature->field, texts[f], rounds);
    one.ns_per_byte = one.nanoseconds / static_cast<double>(std::max<std::uint64_t>(profile.fields[f].bytes, 1));
  }
  return true;
}

void share_out(Profile& profile) {
  const auto weight = [&](const SignatureProfile& one) { return profile.measured ? one.nanoseconds : static_cast<double>(std::max<std::int64_t>(one.adds_bytes, 0)); };
  double sum = 0;
  for (const SignatureProfile& one : profile.signatures) sum += weight(one);
  for (SignatureProfile& one : profile.signatures) one.share = sum > 0 ? weight(one) / sum : 0;
  std::stable_sort(profile.signatures.begin(), profile.signatures.end(), [](const SignatureProfile& a, const SignatureProfile& b) { return a.share > b.share; });
}

// The budget that was asked for: the pack's own, a file, or words. False where it cannot be read.
bool read_budget(const ProfileOptions& options, const Profile& profile, std::optional<Budget>& budget) {
  if (!options.held) return true;
  if (options.budget.find('=') != std::string::npos) {
    std::string problem;
    budget = parse_budget_words(options.budget, problem);
    if (!budget) complain("--budget: " + problem);
    return budget.has_value();
  }
  const std::string path = options.budget.empty() ? profile.path + "/" + std::string(kBudgetFile) : options.budget;
  const auto text = read_text_file(path);
  if (!text) {
    complain(text.error().message);
    return false;
  }
  Diagnostics diagnostics;
  budget = load_budget(path, *text, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) std::cerr << to_text(diagnostic);
  return budget.has_value();
}

}  // namespace

std::optional<Profile> compute_profile(const ProfileOptions& options) {
  Profile profile;
  profile.path = options.pack.empty() ? shipped("signatures") : options.pack;
  Diagnostics diagnostics;
  const auto ruleset = load_rules(profile.path, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) std::cerr << to_text(diagnostic);
  if (!ruleset) {
    complain(ruleset.error().message);
    return std::nullopt;
  }
  profile.ruleset = *ruleset;
  const auto begin = std::chrono::steady_clock::now();
  if (!measure_sizes(profile)) return std::nullopt;
  if (!options.corpus.empty()) {
    const Corpus corpus = find_corpus(options.corpus);
    for (const std::string& problem : corpus.problems) complain(problem);
    const FieldTexts texts = read_corpus(corpus.files, options.most_bytes, profile);
    if (profile.captures == profile.unreadable) {
      complain("no capture and no recording that can be read is among what was named");
      return std::nullopt;
    }
    profile.unreadable += corpus.problems.size();
    profile.measured = true;
    if (!measure_times(profile, texts, options.rounds)) return std::nullopt;
  }
  if (!options.agent.empty()) {
    if (const auto asked = ask_agent(options, profile); !asked) {
      complain(asked.error().message);
      return std::nullopt;
    }
  }
  share_out(profile);
  profile.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return profile;
}

ExitCode profile(const ProfileOptions& options) {
  const auto computed = compute_profile(options);
  if (!computed) return ExitCode::Usage;
  std::optional<Budget> budget;
  if (!read_budget(options, *computed, budget)) return ExitCode::Usage;
  std::optional<BudgetVerdict> verdict;
  if (budget) {
    std::vector<SignatureSize> sizes;
    for (const SignatureProfile& one : computed->signatures) sizes.push_back({one.signature->id, one.kind, one.alone});
    verdict = hold_budget(*budget, computed->pack, sizes);
  }
  const Sheet sheet = profile_sheet(*computed, verdict);
  bool written = true;
  for (const std::string& path : options.reports) written = write_sheet(sheet, path) && written;
  std::cout << (options.json ? profile_json(*computed, verdict) : sheet_text(sheet));
  std::cout.flush();
  if (!written) return ExitCode::Usage;
  if (verdict && !verdict->over.empty()) return ExitCode::Found;
  return computed->unreadable + computed->partial > 0 ? ExitCode::Partial : ExitCode::Done;
}

}  // namespace scanner

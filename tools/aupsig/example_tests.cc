#include "tools/aupsig/pack_tests.h"

#include "scanner/app/wording.h"
#include "scanner/signature/examples.h"

#include <algorithm>
#include <optional>

namespace scanner {
namespace {

constexpr std::size_t kShownBytes = 160;

// What the text is, short enough to be read.
std::string shown(const SignatureExample& example) {
  std::string text = printable(std::string_view(example.text).substr(0, kShownBytes));
  if (example.text.size() > kShownBytes) text += "…";
  return text + (example.port != 0 ? " (port " + std::to_string(example.port) + ")" : "");
}

// Which patterns are there, so that the author sees what the condition was given.
std::string patterns_found(const Matcher& matcher, std::uint32_t index, const SignatureExample& example, Scratch& scratch) {
  const Signature& signature = matcher.ruleset().signatures()[index];
  std::vector<PatternHit> hits;
  if (!is_stream(signature.field)) {
    matcher.find(signature.field, as_bytes(example.text), scratch, hits);
  } else if (const auto stream = matcher.open(signature.field); stream && !example.text.empty()) {
    stream->scan(as_bytes(example.text), scratch, hits);
  }
  std::string found, missing;
  for (std::uint32_t p = 0; p < signature.patterns.size(); ++p) {
    const bool seen = std::any_of(hits.begin(), hits.end(), [&](const PatternHit& hit) { return hit.signature == index && hit.pattern == p; });
    std::string& list = seen ? found : missing;
    list += (list.empty() ? "" : ", ") + signature.patterns[p].name;
  }
  return "found: " + (found.empty() ? "nothing" : found) + "; not found: " + (missing.empty() ? "nothing" : missing) + "; condition: " + signature.condition_text + "\n";
}

std::string cut_text(const std::vector<std::size_t>& cuts) { return cuts.size() == 1 ? "when it is cut behind byte " + std::to_string(cuts[0]) : "when it comes byte by byte"; }

// The cuts with which the stream is judged otherwise than in one piece; nothing: none.
std::optional<std::vector<std::size_t>> telling_cuts(const Matcher& matcher, std::uint32_t index, const SignatureExample& example, Scratch& scratch) {
  const auto whole = match_of(matcher, index, example, scratch);
  const std::size_t size = example.text.size();
  const std::size_t places = std::min(kMaxCuts, size > 0 ? size - 1 : 0);
  for (std::size_t i = 0; i < places; ++i) {
    const std::vector<std::size_t> cut{1 + i * (size - 1) / places};
    if (match_of(matcher, index, example, scratch, cut) != whole) return cut;
  }
  std::vector<std::size_t> all;
  for (std::size_t i = 1; i < size; ++i) all.push_back(i);
  if (all.size() > 1 && match_of(matcher, index, example, scratch, all) != whole) return all;
  return std::nullopt;
}

class ExampleRun {
 public:
  ExampleRun(const Matcher& matcher, std::vector<TestResult>& results) : matcher_(matcher), scratch_(matcher.make_scratch()), results_(results) {}

  void run(std::uint32_t index, const std::vector<SignatureExample>& examples, bool must_match) {
    for (std::size_t i = 0; i < examples.size(); ++i) {
      const Signature& signature = matcher_.ruleset().signatures()[index];
      TestResult result;
      result.group = signature.id;
      result.name = (must_match ? "match " : "no_match ") + std::to_string(i + 1);
      result.file = signature.file;
      result.line = examples[i].line;
      if (is_searched(signature)) {
        judge(index, examples[i], must_match, result);
      } else {
        result.state = TestState::Skipped;
        result.todo = "deprecated signatures are not searched";
      }
      results_.push_back(std::move(result));
    }
  }

 private:
  void judge(std::uint32_t index, const SignatureExample& example, bool must_match, TestResult& result) {
    const Signature& signature = matcher_.ruleset().signatures()[index];
    const bool right = match_of(matcher_, index, example, *scratch_).has_value() == must_match;
    result.todo = example.todo;
    if (right)
      result.state = example.todo.empty() ? TestState::Passed : TestState::PassesAlready;
    else
      result.state = example.todo.empty() ? TestState::Failed : TestState::Known;
    if (result.state == TestState::PassesAlready)
      result.detail = std::string(must_match ? "the known miss is matched now" : "the known false positive is not matched any more") + ": take its todo away\n";
    if (!right)
      result.detail = std::string(must_match ? "the signature does not hold on: " : "the signature holds on: ") + shown(example) + "\n" + patterns_found(matcher_, index, example, *scratch_);
    if (is_stream(signature.field) && right)
      if (const auto cuts = telling_cuts(matcher_, index, example, *scratch_)) {
        result.state = TestState::Failed;
        result.detail = "the stream is judged otherwise " + cut_text(*cuts) + ": " + shown(example) + "\n";
      }
  }

  const Matcher& matcher_;
  std::unique_ptr<Scratch> scratch_;
  std::vector<TestResult>& results_;
};

}  // namespace

std::string_view to_string(TestState state) {
  switch (state) {
    case TestState::Passed: return "passed";
    case TestState::Failed: return "failed";
    case TestState::Known: return "known";
    case TestState::PassesAlready: return "passes already";
    case TestState::Skipped: return "skipped";
  }
  return "";
}

std::vector<TestResult> run_examples(const Matcher& matcher, const Wanted& wanted) {
  std::vector<TestResult> results;
  ExampleRun run(matcher, results);
  const std::vector<Signature>& signatures = matcher.ruleset().signatures();
  for (std::uint32_t i = 0; i < signatures.size(); ++i) {
    if (!wanted(signatures[i].id)) continue;
    run.run(i, signatures[i].match, true);
    run.run(i, signatures[i].no_match, false);
  }
  return results;
}

}  // namespace scanner

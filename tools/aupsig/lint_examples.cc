// What lint doubts of examples: are the near misses near, does another signature say the same,
// does something benign match?
#include "scanner/model/letters.h"
#include "tools/aupsig/lint_checks.h"

#include "scanner/app/wording.h"
#include "scanner/signature/pattern_shape.h"

#include <algorithm>
#include <map>
#include <set>

namespace scanner {
namespace {

constexpr std::size_t kNearMisses = 2;
constexpr std::size_t kShared = 5;  // bytes in a row that a near miss has in common with what matches

std::vector<SignatureMatch> matches_on(const LintContext& context, Field field, std::string_view text, std::uint16_t port) {
  std::vector<SignatureMatch> matches;
  if (is_stream(field))
    StreamMatch(context.matcher, field, {port}).scan(as_bytes(text), context.scratch, matches);
  else
    context.matcher.match(field, as_bytes(text), {port}, context.scratch, matches);
  return matches;
}

bool any_pattern_hits(const LintContext& context, std::uint32_t index, std::string_view text) {
  const Field field = context.ruleset().signatures()[index].field;
  std::vector<PatternHit> hits;
  if (!is_stream(field)) {
    context.matcher.find(field, as_bytes(text), context.scratch, hits);
  } else if (const auto stream = context.matcher.open(field); stream && !text.empty()) {
    stream->scan(as_bytes(text), context.scratch, hits);
  }
  return std::any_of(hits.begin(), hits.end(), [&](const PatternHit& hit) { return hit.signature == index; });
}

// What texts of a signature a near miss may share.
struct Likeness {
  std::vector<std::string> literals;
  std::set<std::string, std::less<>> pieces;  // of kShared bytes of the match examples

  bool holds(const std::string& text) const {
    for (const std::string& literal : literals)
      if (text.find(literal) != std::string::npos || (text.size() >= 3 && literal.find(text) != std::string::npos)) return true;
    for (std::size_t i = 0; i + kShared <= text.size(); ++i)
      if (pieces.contains(std::string_view(text).substr(i, kShared))) return true;
    return false;
  }
};

Likeness likeness_of(const Signature& signature) {
  Likeness likeness;
  for (const Pattern& pattern : signature.patterns) {
    const PatternShape shape = shape_of(pattern);
    likeness.literals.insert(likeness.literals.end(), shape.literals.begin(), shape.literals.end());
  }
  for (const SignatureExample& example : signature.match) {
    const std::string text = lowered(example.text);
    for (std::size_t i = 0; i + kShared <= text.size(); ++i) likeness.pieces.insert(text.substr(i, kShared));
  }
  return likeness;
}

void doubt_near_misses(const LintContext& context, std::uint32_t index, LintSource& source) {
  const Signature& signature = context.ruleset().signatures()[index];
  const Likeness likeness = likeness_of(signature);
  const auto near = std::count_if(signature.no_match.begin(), signature.no_match.end(), [&](const SignatureExample& example) {
    return any_pattern_hits(context, index, example.text) || likeness.holds(lowered(example.text));
  });
  if (static_cast<std::size_t>(near) < kNearMisses)
    source.warn(source.key({"examples", "no_match"}), "W205", std::to_string(near) + " of " + plural(signature.no_match.size(), "no_match example is a near miss", "no_match examples are near misses") + ", and two are wanted",
                "a near miss holds a part of what the signature looks for, and yet must not match");
}

void doubt_overlap(const LintContext& context, std::uint32_t index, LintSource& source) {
  const std::vector<Signature>& signatures = context.ruleset().signatures();
  const Signature& signature = signatures[index];
  std::map<std::uint32_t, std::size_t> also;  // how many examples each other one matches
  std::size_t examples = 0;
  for (const SignatureExample& example : signature.match) {
    if (!example.todo.empty()) continue;
    ++examples;
    for (const SignatureMatch& match : matches_on(context, signature.field, example.text, example.port))
      if (match.signature != index && signatures[match.signature].activity == signature.activity) ++also[match.signature];
  }
  for (const auto& [other, count] : also)
    if (count == examples)
      source.warn(source.key({"id"}), "W206", "all that its match examples show is matched by " + signatures[other].id + " too",
                  "add an example that only this one matches, make one of them narrower, or keep one");
}

}  // namespace

void doubt_examples(const LintContext& context, std::uint32_t index) {
  const Signature& signature = context.ruleset().signatures()[index];
  LintSource* const source = context.source_of(signature.file);
  if (source == nullptr) return;
  doubt_near_misses(context, index, *source);
  doubt_overlap(context, index, *source);
}

void doubt_against_baseline(const LintContext& context) {
  struct Hits {
    const BenignText* first = nullptr;
    std::uint32_t pattern = 0;
    std::size_t count = 0;
  };
  std::map<std::uint32_t, Hits> by_signature;
  for (const BenignText& benign : context.baseline)
    for (const SignatureMatch& match : matches_on(context, benign.field, benign.text, 0)) {
      Hits& hits = by_signature[match.signature];
      if (hits.count++ == 0) hits = {&benign, match.pattern, 1};
    }
  for (const auto& [index, hits] : by_signature) {
    const Signature& signature = context.ruleset().signatures()[index];
    const Pattern& pattern = signature.patterns[hits.pattern];
    const std::string more = hits.count > 1 ? " and on " + count_text(hits.count - 1) + " more" : "";
    if (LintSource* const source = context.source_of(signature.file))
      source->warn({pattern.line, pattern.column}, "W204", "the signature holds on a benign text, " + hits.first->file + ":" + std::to_string(hits.first->line) + more + ": " + fitted(printable(hits.first->text), std::min<std::size_t>(60, display_width(printable(hits.first->text)))),
                   "make the pattern narrower; if the text is not benign after all, take it out of the baseline");
  }
}

}  // namespace scanner

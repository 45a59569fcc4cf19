#include "scanner/signature/examples.h"

#include <algorithm>

namespace scanner {
namespace {

Diagnostic problem(const Signature& signature, const SignatureExample& example, std::string code, std::string message, std::string hint = {}) {
  Diagnostic d;
  d.code = std::move(code);
  d.message = signature.id + ": " + std::move(message);
  d.at = {signature.file, example.line, example.column};
  d.hint = std::move(hint);
  return d;
}

}  // namespace

std::optional<SignatureMatch> match_of(const Matcher& matcher, std::uint32_t signature, const SignatureExample& example, Scratch& scratch,
                                       const std::vector<std::size_t>& cuts) {
  const Field field = matcher.ruleset().signatures()[signature].field;
  const MatchFacts facts{example.port};
  const Bytes text = as_bytes(example.text);
  std::vector<SignatureMatch> matches;
  if (is_stream(field)) {
    StreamMatch stream(matcher, field, facts);
    std::size_t begin = 0;
    for (const std::size_t cut : cuts) {
      const std::size_t end = std::clamp(cut, begin, text.size());
      stream.scan(text.subspan(begin, end - begin), scratch, matches);
      begin = end;
    }
    stream.scan(text.subspan(begin), scratch, matches);
  } else {
    matcher.match(field, text, facts, scratch, matches);
  }
  const auto found = std::find_if(matches.begin(), matches.end(), [&](const SignatureMatch& m) { return m.signature == signature; });
  return found == matches.end() ? std::nullopt : std::optional(*found);
}

Diagnostics check_examples(const Matcher& matcher) {
  Diagnostics problems;
  const auto scratch = matcher.make_scratch();
  const std::vector<Signature>& signatures = matcher.ruleset().signatures();
  for (std::uint32_t i = 0; i < signatures.size(); ++i) {
    const Signature& signature = signatures[i];
    if (!is_searched(signature)) continue;
    for (const SignatureExample& example : signature.match) {
      const bool holds = match_of(matcher, i, example, *scratch).has_value();
      if (!holds && example.todo.empty())
        problems.push_back(problem(signature, example, "E112", "the signature does not hold on an example that must match"));
      if (holds && !example.todo.empty())
        problems.push_back(problem(signature, example, "E118", "an example that stands as a known miss is matched now", "take its todo away"));
    }
    for (const SignatureExample& example : signature.no_match) {
      const bool holds = match_of(matcher, i, example, *scratch).has_value();
      if (holds && example.todo.empty())
        problems.push_back(problem(signature, example, "E113", "the signature holds on an example that must not match"));
      if (!holds && !example.todo.empty())
        problems.push_back(problem(signature, example, "E119", "an example that stands as a known false positive is not matched any more", "take its todo away"));
    }
  }
  return problems;
}

}  // namespace scanner

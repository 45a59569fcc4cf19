#include "scanner/signature/examples.h"

#include <algorithm>

namespace scanner {
namespace {

bool holds(const Matcher& matcher, std::uint32_t signature, const SignatureExample& example, Scratch& scratch) {
  const Field field = matcher.ruleset().signatures()[signature].field;
  const MatchFacts facts{example.port};
  std::vector<SignatureMatch> matches;
  if (is_stream(field)) {
    StreamMatch(matcher, field, facts).scan(as_bytes(example.text), scratch, matches);
  } else {
    matcher.match(field, as_bytes(example.text), facts, scratch, matches);
  }
  return std::any_of(matches.begin(), matches.end(), [&](const SignatureMatch& m) { return m.signature == signature; });
}

Diagnostic problem(const Signature& signature, const SignatureExample& example, std::string code, std::string message) {
  Diagnostic d;
  d.code = std::move(code);
  d.message = signature.id + ": " + std::move(message);
  d.at = {signature.file, example.line, example.column};
  return d;
}

}  // namespace

Diagnostics check_examples(const Matcher& matcher) {
  Diagnostics problems;
  const auto scratch = matcher.make_scratch();
  const std::vector<Signature>& signatures = matcher.ruleset().signatures();
  for (std::uint32_t i = 0; i < signatures.size(); ++i) {
    if (!is_searched(signatures[i])) continue;
    for (const SignatureExample& example : signatures[i].match)
      if (!holds(matcher, i, example, *scratch))
        problems.push_back(problem(signatures[i], example, "E112", "the signature does not hold on an example that must match"));
    for (const SignatureExample& example : signatures[i].no_match)
      if (holds(matcher, i, example, *scratch))
        problems.push_back(problem(signatures[i], example, "E113", "the signature holds on an example that must not match"));
  }
  return problems;
}

}  // namespace scanner

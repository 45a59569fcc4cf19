#include "tools/aupsig/translate/rule_draft.h"

#include "scanner/signature/examples.h"
#include "scanner/signature/load.h"
#include "scanner/signature/ruleset.h"
#include "tools/aupsig/translate/draft_examples.h"
#include "tools/aupsig/translate/yaml_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>

namespace scanner {
namespace {

// How strongly an operator binds: what binds weaker needs parentheses inside.
int strength(TermKind kind) { return kind == TermKind::Or ? 0 : kind == TermKind::And ? 1 : 2; }

std::string names_of(const Term& term, const std::vector<Pattern>& patterns) {
  std::string names;
  for (const Term& part : term.parts) names += (names.empty() ? "" : ", ") + patterns[part.pattern].name;
  return names;
}

bool only_patterns(const Term& term) {
  return std::ranges::all_of(term.parts, [](const Term& part) { return part.kind == TermKind::Pattern; });
}

std::string example_text(const SignatureExample& example) {
  const bool text = std::ranges::all_of(example.text, [](char c) { return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t'; });
  std::string value;
  if (text) {
    value = yaml_scalar(example.text, example.port != 0);
  } else {
    static constexpr char kDigits[] = "0123456789abcdef";
    for (const char c : example.text) value += {kDigits[static_cast<unsigned char>(c) >> 4], kDigits[static_cast<unsigned char>(c) & 15]};
    value = "'" + value + "'";
  }
  if (text && example.port == 0) return value;
  return std::string("{") + (text ? "text: " : "hex: ") + value + (example.port != 0 ? ", port: " + std::to_string(example.port) : "") + "}";
}

std::string pattern_text(const Pattern& pattern) {
  return std::string("{") + (pattern.literal ? "literal: " : "regex: ") + yaml_scalar(pattern.expression, true) + (pattern.nocase ? ", nocase: true" : "") + "}";
}

void add_block(std::string& text, std::string_view key, const std::vector<std::string>& values) {
  text += std::string(key) + ":\n";
  for (const std::string& value : values) text += "  - " + yaml_scalar(value) + "\n";
}

std::string first_problem(const Diagnostics& diagnostics) {
  for (const Diagnostic& d : diagnostics)
    if (d.severity == Severity::Error) return d.message + (d.hint.empty() ? "" : " (" + d.hint + ")");
  return "it does not load";
}

}  // namespace

Term pattern_term(std::size_t pattern) { return {TermKind::Pattern, pattern, {}, {}}; }
Term port_term(std::vector<std::uint16_t> ports) { return {TermKind::Port, 0, std::move(ports), {}}; }

Term not_term(Term part) {
  if (part.kind == TermKind::Not) return std::move(part.parts.front());
  Term term{TermKind::Not, 0, {}, {}};
  term.parts.push_back(std::move(part));
  return term;
}

Term joined_term(TermKind kind, std::vector<Term> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  Term term{kind, 0, {}, {}};
  const auto add = [&term](Term&& part) {
    const bool again = part.kind == TermKind::Pattern && std::ranges::any_of(term.parts, [&](const Term& t) { return t.kind == TermKind::Pattern && t.pattern == part.pattern; });
    if (!again) term.parts.push_back(std::move(part));
  };
  for (Term& part : parts) {
    if (part.kind != kind) add(std::move(part));
    else for (Term& inner : part.parts) add(std::move(inner));
  }
  if (term.parts.size() == 1) return std::move(term.parts.front());
  return term;
}

std::string term_text(const Term& term, const std::vector<Pattern>& patterns) {
  const auto inner = [&](const Term& part) {
    const bool listed = (part.kind == TermKind::Or || part.kind == TermKind::And) && part.parts.size() > 2 && only_patterns(part);
    const std::string text = term_text(part, patterns);
    return strength(part.kind) < strength(term.kind) && !listed ? "(" + text + ")" : text;
  };
  switch (term.kind) {
    case TermKind::Pattern: return patterns[term.pattern].name;
    case TermKind::Port: {
      std::string text = "port in (";
      for (std::size_t i = 0; i < term.ports.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(term.ports[i]);
      return text + ")";
    }
    case TermKind::Not: return "not " + inner(term.parts.front());
    case TermKind::And:
    case TermKind::Or: {
      const bool any = term.kind == TermKind::Or;
      if (term.parts.size() > 2 && only_patterns(term)) {
        if (term.parts.size() == patterns.size()) return any ? "any of them" : "all of them";
        return std::string(any ? "any of (" : "all of (") + names_of(term, patterns) + ")";
      }
      std::string text;
      for (const Term& part : term.parts) text += (text.empty() ? "" : any ? " or " : " and ") + inner(part);
      return text;
    }
  }
  return "";
}

bool term_holds(const Term& term, std::uint64_t seen, std::uint16_t port) {
  switch (term.kind) {
    case TermKind::Pattern: return (seen >> term.pattern & 1) != 0;
    case TermKind::Port: return std::ranges::find(term.ports, port) != term.ports.end();
    case TermKind::Not: return !term_holds(term.parts.front(), seen, port);
    case TermKind::And: return std::ranges::all_of(term.parts, [&](const Term& part) { return term_holds(part, seen, port); });
    case TermKind::Or: return std::ranges::any_of(term.parts, [&](const Term& part) { return term_holds(part, seen, port); });
  }
  return false;
}

std::size_t add_pattern(RuleDraft& draft, Pattern pattern, std::string_view stem) {
  for (std::size_t i = 0; i < draft.patterns.size(); ++i)
    if (draft.patterns[i].expression == pattern.expression && draft.patterns[i].literal == pattern.literal && draft.patterns[i].nocase == pattern.nocase) return i;
  std::string name;
  for (const char c : stem.substr(0, 24)) {
    const char lowered = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const bool fits = (lowered >= 'a' && lowered <= 'z') || (lowered >= '0' && lowered <= '9');
    if (fits) name.push_back(lowered);
    else if (!name.empty() && name.back() != '_') name.push_back('_');
  }
  while (name.ends_with('_')) name.pop_back();
  static constexpr std::array<std::string_view, 9> kReserved{"and", "or", "not", "of", "all", "any", "them", "port", "in"};
  if (name.empty() || name[0] < 'a' || name[0] > 'z' || std::ranges::find(kReserved, name) != kReserved.end()) name = "p_" + name;
  while (name.ends_with('_')) name.pop_back();
  std::string unique = name;
  for (int i = 2; std::ranges::any_of(draft.patterns, [&](const Pattern& p) { return p.name == unique; }); ++i) unique = name + "_" + std::to_string(i);
  pattern.name = unique;
  draft.patterns.push_back(std::move(pattern));
  return draft.patterns.size() - 1;
}

std::string signature_text(const RuleDraft& draft) {
  std::string text;
  for (const std::string& comment : draft.comments) text += "# " + comment + "\n";
  std::array<char, 16> weight{};
  std::snprintf(weight.data(), weight.size(), "%.2g", draft.weight);
  text += "id: " + draft.id + "\ntitle: " + yaml_scalar(draft.title) + "\nactivity: " + draft.activity + "\nfield: " + std::string(to_string(draft.field)) +
          "\nstage: " + std::string(to_string(draft.stage)) + "\nweight: " + weight.data() + "\nstatus: experimental\nowner: " + yaml_scalar(draft.owner) +
          "\nrevision: " + std::to_string(draft.revision) + "\npatterns:\n";
  for (const Pattern& pattern : draft.patterns) text += "  " + pattern.name + ": " + pattern_text(pattern) + "\n";
  text += "condition: " + term_text(draft.term, draft.patterns) + "\n";
  add_block(text, "references", draft.references);
  if (!draft.attack.empty()) text += "attack: " + yaml_list(draft.attack) + "\n";
  if (draft.false_positives.empty()) text += "known_false_positives: []\n";
  else add_block(text, "known_false_positives", draft.false_positives);
  text += "examples:\n  match:\n";
  for (const SignatureExample& example : draft.match) text += "    - " + example_text(example) + "\n";
  text += "  no_match:\n";
  for (const SignatureExample& example : draft.no_match) text += "    - " + example_text(example) + "\n";
  return text;
}

Result<std::string> proven_signature(RuleDraft& draft) {
  if (draft.patterns.size() > Signature::kMaxPatterns)
    return fail(std::to_string(draft.patterns.size()) + " patterns are needed and one signature has at most 64; a list of names belongs into a data set");
  // Once with stand-ins, so that a refused pattern is told as such, then with examples.
  if (draft.match.empty()) draft.match.push_back({"x", 0, 0, 0});
  if (draft.no_match.empty()) draft.no_match.push_back({"y", 0, 0, 0});
  Diagnostics diagnostics;
  std::vector<Signature> signatures;
  load_signature(draft.id + ".yaml", signature_text(draft), signatures, diagnostics);
  if (signatures.empty()) return fail(first_problem(diagnostics));
  auto ruleset = Ruleset::make(std::move(signatures), {}, {}, diagnostics);
  if (!ruleset) return fail(first_problem(diagnostics));
  const auto matcher = make_hyperscan_matcher(ruleset);
  if (!matcher) return tl::unexpected(matcher.error());
  if (auto made = make_examples(draft, **matcher); !made) return tl::unexpected(made.error());
  const std::string text = signature_text(draft);
  std::vector<Signature> proven;
  load_signature(draft.id + ".yaml", text, proven, diagnostics);
  if (proven.empty()) return fail(first_problem(diagnostics));
  ruleset = Ruleset::make(std::move(proven), {}, {}, diagnostics);
  const auto final_matcher = ruleset ? make_hyperscan_matcher(ruleset) : fail(first_problem(diagnostics));
  if (!final_matcher) return tl::unexpected(final_matcher.error());
  if (const Diagnostics wrong = check_examples(**final_matcher); !wrong.empty()) return fail(wrong.front().message);
  return text;
}

}  // namespace scanner

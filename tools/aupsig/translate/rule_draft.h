// A signature that is being made from a foreign rule: patterns, the condition over them, what is
// known of its origin. It becomes a file's text only together with examples that were proven.
#pragma once

#include "scanner/model/finding.h"
#include "scanner/model/result.h"
#include "scanner/signature/signature.h"

#include <memory>
#include <string>
#include <vector>

namespace scanner {

enum class TermKind { Pattern, Port, Not, And, Or };

// A condition as a tree. A Pattern names one of the draft's by its index.
struct Term {
  TermKind kind = TermKind::And;
  std::size_t pattern = 0;
  std::vector<std::uint16_t> ports;
  std::vector<Term> parts;  // of Not: one
};

Term pattern_term(std::size_t pattern);
Term port_term(std::vector<std::uint16_t> ports);
Term not_term(Term part);
// Flattened; a single part stands for itself.
Term joined_term(TermKind kind, std::vector<Term> parts);

// In the language of condition.h, with the names of the draft's patterns.
std::string term_text(const Term& term, const std::vector<Pattern>& patterns);
bool term_holds(const Term& term, std::uint64_t seen, std::uint16_t port);

struct RuleDraft {
  std::string id, title, activity;
  Field field = Field::StreamClient;
  Stage stage = Stage::Interest;
  double weight = 0.3;
  std::string owner;
  std::uint32_t revision = 1;
  std::vector<Pattern> patterns;  // named, every one asked for by `term`
  Term term;
  std::vector<std::string> references, attack, false_positives;
  std::vector<std::string> comments;  // lines before everything: origin, licence, differences
  std::vector<std::string> hints;     // texts on which it may hold, tried first
  std::vector<SignatureExample> match, no_match;
};

// The pattern's index; one that is there already is used again. `stem` is made a name.
std::size_t add_pattern(RuleDraft& draft, Pattern pattern, std::string_view stem);

// The file's text, as a person would write it.
std::string signature_text(const RuleDraft& draft);

// Makes examples, loads the text as the engine does and puts the examples to the test. An Error
// says why no signature can be made: a pattern is refused, no example could be proven. On
// success the draft has its examples.
Result<std::string> proven_signature(RuleDraft& draft);

}  // namespace scanner

// A Sigma rule, read from its YAML: what it is, what it searches, and the condition over that.
// What the fields mean is sigma_import.h's business. Pure; bounds are those of yaml.h.
#pragma once

#include "scanner/model/diagnostic.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

// "CommandLine|contains|all: [a, b]"; a keyword list has no field.
struct SigmaItem {
  std::string field;
  std::vector<std::string> modifiers;  // in lower case, in their order
  std::vector<std::string> values;
  bool null = false;                   // the value is null
  int line = 0, column = 0;
};

// A selection: alternatives, each of items that must all hold.
struct SigmaSelection {
  std::string name;
  std::vector<std::vector<SigmaItem>> alternatives;
  int line = 0, column = 0;
};

// The condition as a tree over selections.
struct SigmaCondition {
  enum class Kind { Selection, Not, And, Or } kind = Kind::And;
  std::size_t selection = 0;  // index in SigmaRule::selections
  std::vector<SigmaCondition> parts;
};

struct SigmaRule {
  std::string title, id, status, level, licence, author, description, category, product, service;
  std::vector<std::string> references, tags, false_positives;
  std::vector<SigmaSelection> selections;  // in file order
  std::string condition_text;
  SigmaCondition condition;
  int line = 1, condition_line = 0, condition_column = 0;
};

// A file may hold several documents ("---"). Problems have codes I121 to I129, or those of any
// YAML file; a rule with problems is not among the rules.
std::vector<SigmaRule> read_sigma(const std::string& file, std::string_view text, Diagnostics& problems);

// Operators: or, and, not, parentheses, "1 of NAME*", "all of NAME*", "1 of them". At most 4000
// bytes, 64 levels. Nothing and `problem` where it cannot be read.
std::optional<SigmaCondition> parse_sigma_condition(std::string_view text, const std::vector<SigmaSelection>& selections, std::string& problem);

}  // namespace scanner

// When a signature holds: a small expression over the patterns that were seen.
//
//   condition := any, all or a number "of" them, names and facts, joined by not, and, or
//   url and (user or 2 of (option_*))
//   any of them and port in pool-ports
//   all of (login, agent) and not donation and port in (3333, 4444)
//
// "not" binds strongest, then "and", then "or". "them" is every pattern; a name in
// parentheses may end in "*". A fact is the responder's port: in a list, or in a data set.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

struct PortFact {
  std::string set;                   // name of a port data set, or
  std::vector<std::uint16_t> ports;  // these, sorted

  friend bool operator==(const PortFact&, const PortFact&) = default;
};

struct ConditionError {
  std::size_t offset = 0;  // in the text
  std::string message, hint;
};

// Immutable once parsed. Evaluation allocates nothing.
class Condition {
 public:
  // Pattern i of `names` is bit i of `seen` below. At most 64 names.
  static std::optional<Condition> parse(std::string_view text, const std::vector<std::string>& names, ConditionError& error);

  // `facts`: bit i tells whether facts()[i] holds.
  bool holds(std::uint64_t seen, std::uint32_t facts) const;

  const std::vector<PortFact>& facts() const { return facts_; }
  std::uint64_t used() const { return used_; }     // the patterns that it names
  bool has_not() const { return has_not_; }        // more hits may make it false again
  bool needs_a_pattern() const;                    // false on a text in which nothing was seen

  static constexpr std::size_t kMaxFacts = 4;

 private:
  friend class ConditionParser;
  enum class Op : std::uint8_t { AtLeast, Fact, Not, And, Or };
  struct Step {
    Op op = Op::AtLeast;
    std::uint8_t count = 0;   // AtLeast: how many of `mask`; Fact: which
    std::uint64_t mask = 0;
  };
  std::vector<Step> steps_;  // postfix; never deeper than 64
  std::vector<PortFact> facts_;
  std::uint64_t used_ = 0;
  bool has_not_ = false;
};

}  // namespace scanner

// What lint doubts of patterns, by their shape.
#include "tools/aupsig/lint_checks.h"

#include "scanner/signature/expression.h"
#include "scanner/signature/pattern_shape.h"

#include <algorithm>
#include <array>
#include <optional>

namespace scanner {
namespace {

constexpr std::size_t kFewBytes = 3;      // given bytes that let the search jump over the rest
constexpr std::size_t kManyEdges = 2'000;
constexpr std::size_t kShort = 6;         // bytes that turn up by chance
constexpr double kWorthLittle = 0.3;

// What passes by the million; a process is looked at once.
bool is_traffic(Field field) { return field <= Field::SocksHost; }
bool is_name(Field field) {
  constexpr std::array kNames{Field::DnsName, Field::TlsSni, Field::TlsCertificate, Field::HttpHost, Field::SocksHost};
  return std::find(kNames.begin(), kNames.end(), field) != kNames.end();
}
bool is_lower_case(Field field) { return is_name(field) && field != Field::TlsCertificate; }

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// Calls `seen(i)` for each byte of a regex that stands for itself or is a dot: no escape, no
// class, no group's flags.
template <typename Seen>
void plain_bytes(std::string_view regex, Seen seen) {
  bool in_class = false;
  for (std::size_t i = 0; i < regex.size(); ++i) {
    if (regex[i] == '\\') {
      ++i;
    } else if (in_class) {
      in_class = regex[i] != ']';
    } else if (regex[i] == '[') {
      in_class = true;
      if (i + 1 < regex.size() && regex[i + 1] == '^') ++i;
      if (i + 1 < regex.size() && regex[i + 1] == ']') ++i;
    } else if (regex[i] == '(' && i + 1 < regex.size() && regex[i + 1] == '?') {
      while (i + 1 < regex.size() && regex[i] != ')' && regex[i] != ':' && regex[i] != '>') ++i;
    } else if (seen(i)) {
      return;
    }
  }
}

std::optional<std::size_t> unescaped_dot(std::string_view regex) {
  std::optional<std::size_t> found;
  plain_bytes(regex, [&](std::size_t i) {
    const bool joins = regex[i] == '.' && i > 0 && i + 1 < regex.size() && is_word(regex[i - 1]) && is_word(regex[i + 1]);
    // Behind a backslash the letter is an escape, and the dot is no joint of two words.
    if (joins && (i < 2 || regex[i - 2] != '\\')) found = i;
    return found.has_value();
  });
  return found;
}

bool has_capital(const Pattern& pattern) {
  const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (pattern.literal) return std::any_of(pattern.expression.begin(), pattern.expression.end(), capital);
  if (pattern.expression.find("(?i") != std::string::npos) return false;
  bool found = false;
  plain_bytes(pattern.expression, [&](std::size_t i) { return found = capital(pattern.expression[i]); });
  return found;
}

void doubt_cost(LintSource& source, const Signature& signature, const Pattern& pattern, const PatternShape& shape) {
  const Place at{pattern.line, pattern.column};
  if (is_stream(signature.field) && !shape.anchored)
    source.warn(at, "W201", "the pattern \"" + pattern.name + "\" is not anchored: it is searched in every byte of the beginning of every flow",
                "begin it with ^ and what may stand before, as in ^\\s{0,4}\\{; that also keeps pages that quote it from matching");
  if (is_traffic(signature.field) && !shape.anchored && shape.required < kFewBytes)
    source.warn(at, "W202", "the pattern \"" + pattern.name + "\" is slow: no " + std::to_string(kFewBytes) + " bytes in a row are given that every match holds",
                "anchor it, or give it a fixed part that the search can jump to");
  if (shape.edges > kManyEdges)
    source.warn(at, "W203", "the pattern \"" + pattern.name + "\" has " + std::to_string(shape.states) + " states and " + std::to_string(shape.edges) + " steps once its counted repeats are written out",
                "ask for less of what repeats, or for any number of it; " + std::to_string(kMaxPatternEdges) + " steps are the most");
}

void doubt_meaning(LintSource& source, const Signature& signature, const Pattern& pattern) {
  const Place at{pattern.line, pattern.column};
  if (is_name(signature.field) && !pattern.literal)
    if (const auto dot = unescaped_dot(pattern.expression))
      source.warn(at, "W213", "the dot behind \"" + pattern.expression.substr(*dot < 20 ? 0 : *dot - 20, std::min<std::size_t>(*dot, 20)) + "\" matches any byte", "a dot of a name is written \\.");
  if (is_lower_case(signature.field) && !pattern.nocase && has_capital(pattern))
    source.warn(at, "W214", std::string(to_string(signature.field)) + " is in lower case, and the pattern \"" + pattern.name + "\" asks for a capital letter", "write it in lower case");
}

}  // namespace

void doubt_patterns(const LintContext& context, std::uint32_t index) {
  const Signature& signature = context.ruleset().signatures()[index];
  LintSource* const source = context.source_of(signature.file);
  if (source == nullptr) return;
  const std::uint32_t any_port = (1u << signature.condition.facts().size()) - 1;
  for (std::size_t i = 0; i < signature.patterns.size(); ++i) {
    const Pattern& pattern = signature.patterns[i];
    const PatternShape shape = shape_of(pattern);
    if (shape.understood) {
      doubt_cost(*source, signature, pattern, shape);
      const bool worth_much = signature.stage == Stage::Contact || signature.weight > kWorthLittle;
      if (worth_much && !shape.anchored && shape.min_width < kShort && signature.condition.holds(std::uint64_t{1} << i, any_port))
        source->warn({pattern.line, pattern.column}, "W209",
                     "the pattern \"" + pattern.name + "\" is enough by itself, may be found anywhere and may be as short as " + std::to_string(shape.min_width) + (shape.min_width == 1 ? " byte" : " bytes"),
                     "ask for more, join it with another by \"and\", or make it an interest of weight 0.3 at most");
    }
    doubt_meaning(*source, signature, pattern);
  }
}

}  // namespace scanner

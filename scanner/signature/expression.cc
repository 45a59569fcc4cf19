#include "scanner/signature/expression.h"

#include "scanner/signature/pattern_shape.h"

#include <cstdlib>
#include <hs/hs.h>

namespace scanner {
namespace {

constexpr std::size_t kMaxExpression = 2048;

bool is_plain(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

}  // namespace

std::string as_regex(const Pattern& pattern) {
  if (!pattern.literal) return pattern.expression;
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string regex;
  for (const char c : pattern.expression) {
    if (is_plain(c)) {
      regex.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      regex += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return regex;
}

std::optional<ExpressionProblem> check_expression(const Pattern& pattern, bool stream) {
  if (pattern.expression.empty()) return ExpressionProblem{"E105", "the pattern is empty and would match everything", ""};
  if (pattern.expression.size() > kMaxExpression) return ExpressionProblem{"E104", "the pattern is longer than 2048 bytes", ""};
  if (!pattern.literal && pattern.expression.find('\0') != std::string::npos)
    return ExpressionProblem{"E104", "the regex is refused: it holds a NUL byte", "write it as \\x00"};
  // Before Hyperscan sees it, which would take minutes over it.
  if (const PatternShape shape = shape_of(pattern); shape.edges > kMaxPatternEdges || shape.states > kMaxPatternEdges)
    return ExpressionProblem{"E117", "the regex is too large once its counted repeats are written out: " + std::to_string(shape.states) + " states, " + std::to_string(shape.edges) + " steps",
                             "at most 8000 of either; ask for less of what repeats, or for any number of it"};
  hs_expr_info_t* info = nullptr;
  hs_compile_error_t* refusal = nullptr;
  const unsigned flags = pattern.nocase ? HS_FLAG_CASELESS : 0u;
  // ALLOWEMPTY, so that the empty match is ours to explain.
  if (hs_expression_info(as_regex(pattern).c_str(), flags | HS_FLAG_ALLOWEMPTY, &info, &refusal) != HS_SUCCESS) {
    std::string reason = refusal && refusal->message ? refusal->message : "unknown reason";
    if (refusal) hs_free_compile_error(refusal);
    return ExpressionProblem{"E104", "the regex is refused: " + reason, "Hyperscan has no back-references and no look-around"};
  }
  const hs_expr_info_t found = *info;
  std::free(info);
  if (found.min_width == 0)
    return ExpressionProblem{"E105", "the regex matches an empty text and would match everything", "ask for at least one byte"};
  if (stream && (found.matches_at_eod || found.matches_only_at_eod))
    return ExpressionProblem{"E106", "the regex depends on where the text ends, and a stream's end is never known",
                             "instead of $ or \\b at the end, match the byte that follows"};
  return std::nullopt;
}

}  // namespace scanner

#include "scanner/signature/compile_cost.h"

#include "scanner/signature/expression.h"
#include "scanner/signature/hyperscan_expressions.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <hs/hs.h>
#include <limits>
#include <string>

namespace scanner {
namespace {

// The regex behind inline options, and whether these make "^" stand at every line.
struct Stripped {
  std::string_view regex;
  bool by_lines = false;
};

Stripped without_options(std::string_view regex) {
  Stripped stripped{regex, false};
  while (stripped.regex.starts_with("(?")) {
    const std::size_t end = stripped.regex.find_first_not_of("imsxU-", 2);
    if (end == std::string_view::npos || stripped.regex[end] != ')') break;
    stripped.by_lines = stripped.by_lines || stripped.regex.substr(2, end - 2).find('m') != std::string_view::npos;
    stripped.regex.remove_prefix(end + 1);
  }
  return stripped;
}

// The alternatives of a regex's top level.
std::vector<std::string_view> alternatives(std::string_view regex) {
  std::vector<std::string_view> all;
  std::size_t begin = 0;
  int depth = 0;
  bool in_class = false;
  for (std::size_t i = 0; i < regex.size(); ++i) {
    const char c = regex[i];
    if (c == '\\') {
      ++i;
    } else if (in_class) {
      in_class = c != ']';
    } else if (c == '[') {
      in_class = true;
      if (i + 1 < regex.size() && regex[i + 1] == '^') ++i;
      if (i + 1 < regex.size() && regex[i + 1] == ']') ++i;  // the first one is a member
    } else if (c == '(' || c == ')') {
      depth += c == '(' ? 1 : -1;
    } else if (c == '|' && depth == 0) {
      all.push_back(regex.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  all.push_back(regex.substr(begin));
  return all;
}

bool is_anchored(const Pattern& pattern) {
  if (pattern.literal) return false;
  const Stripped stripped = without_options(pattern.expression);
  const std::vector<std::string_view> parts = alternatives(stripped.regex);
  return std::all_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return part.starts_with("\\A") || (!stripped.by_lines && part.starts_with("^")); });
}

bool is_fixed_text(const Pattern& pattern) {
  return pattern.literal || without_options(pattern.expression).regex.find_first_of("\\^$.[]|()?*+{}") == std::string_view::npos;
}

bool is_bounded(const Pattern& pattern) {
  hs_expr_info_t* info = nullptr;
  hs_compile_error_t* refusal = nullptr;
  if (hs_expression_info(as_regex(pattern).c_str(), pattern.nocase ? HS_FLAG_CASELESS : 0u, &info, &refusal) != HS_SUCCESS) {
    hs_free_compile_error(refusal);
    return false;
  }
  const bool bounded = info->max_width != std::numeric_limits<unsigned>::max();
  std::free(info);
  return bounded;
}

}  // namespace

Result<CompileCost> compile_cost(const std::vector<const Signature*>& signatures, Field field) {
  const std::vector<Expression> expressions = expressions_of(signatures, field);
  CompileCost cost;
  if (expressions.empty()) return cost;
  std::vector<const char*> regexes;
  std::vector<unsigned> flags, ids;
  for (const Expression& expression : expressions) {
    ids.push_back(static_cast<unsigned>(regexes.size()));
    regexes.push_back(expression.regex.c_str());
    flags.push_back(flags_for(expression));
  }
  hs_platform_info_t plainest{};
  plainest.tune = HS_TUNE_FAMILY_GENERIC;
  hs_database_t* database = nullptr;
  hs_compile_error_t* refusal = nullptr;
  if (hs_compile_multi(regexes.data(), flags.data(), ids.data(), static_cast<unsigned>(regexes.size()), is_stream(field) ? HS_MODE_STREAM : HS_MODE_BLOCK,
                       &plainest, &database, &refusal) != HS_SUCCESS) {
    const std::string reason = refusal->message;
    hs_free_compile_error(refusal);
    return fail("Hyperscan refuses the patterns of " + std::string(to_string(field)) + ": " + reason);
  }
  const bool told = hs_database_size(database, &cost.database_bytes) == HS_SUCCESS && (!is_stream(field) || hs_stream_size(database, &cost.stream_bytes) == HS_SUCCESS);
  hs_free_database(database);
  if (!told) return fail("Hyperscan does not tell the size of its database");
  return cost;
}

std::string_view to_string(CompileClass kind) {
  static constexpr std::array<std::string_view, 4> kNames{"anchored", "literal", "bounded", "unbounded"};
  return kNames[static_cast<std::size_t>(kind)];
}

CompileClass compile_class(const Pattern& pattern) {
  if (is_anchored(pattern)) return CompileClass::Anchored;
  if (is_fixed_text(pattern)) return CompileClass::Literal;
  return is_bounded(pattern) ? CompileClass::Bounded : CompileClass::Unbounded;
}

CompileClass compile_class(const Signature& signature) {
  CompileClass dearest = CompileClass::Anchored;
  for (const Pattern& pattern : signature.patterns) dearest = std::max(dearest, compile_class(pattern));
  return dearest;
}

}  // namespace scanner

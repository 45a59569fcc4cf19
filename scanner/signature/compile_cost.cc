#include "scanner/signature/compile_cost.h"

#include "scanner/signature/expression.h"
#include "scanner/signature/hyperscan_expressions.h"
#include "scanner/signature/pattern_shape.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <hs/hs.h>
#include <limits>
#include <string>

namespace scanner {
namespace {

std::string_view without_options(std::string_view regex) {
  while (regex.starts_with("(?")) {
    const std::size_t end = regex.find_first_not_of("imsxU-", 2);
    if (end == std::string_view::npos || regex[end] != ')') break;
    regex.remove_prefix(end + 1);
  }
  return regex;
}

bool is_fixed_text(const Pattern& pattern) {
  return pattern.literal || without_options(pattern.expression).find_first_of("\\^$.[]|()?*+{}") == std::string_view::npos;
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
  if (!pattern.literal && shape_of(pattern).anchored) return CompileClass::Anchored;
  if (is_fixed_text(pattern)) return CompileClass::Literal;
  return is_bounded(pattern) ? CompileClass::Bounded : CompileClass::Unbounded;
}

CompileClass compile_class(const Signature& signature) {
  CompileClass dearest = CompileClass::Anchored;
  for (const Pattern& pattern : signature.patterns) dearest = std::max(dearest, compile_class(pattern));
  return dearest;
}

}  // namespace scanner

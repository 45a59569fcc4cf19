#include "scanner/signature/hyperscan_expressions.h"

#include "scanner/signature/expression.h"
#include "scanner/signature/matcher.h"

#include <algorithm>
#include <cstdlib>
#include <hs/hs.h>
#include <tuple>

namespace scanner {

std::vector<Expression> expressions_of(const std::vector<const Signature*>& signatures, Field field) {
  std::vector<Expression> all;
  for (std::uint32_t s = 0; s < signatures.size(); ++s) {
    const Signature& signature = *signatures[s];
    if (signature.field != field || !is_searched(signature)) continue;
    for (std::uint32_t p = 0; p < signature.patterns.size(); ++p) {
      const Pattern& pattern = signature.patterns[p];
      all.push_back({as_regex(pattern), pattern.nocase ? HS_FLAG_CASELESS : 0u, {{s, p}}});
    }
  }
  std::sort(all.begin(), all.end(), [](const Expression& a, const Expression& b) {
    return std::tie(a.regex, a.flags, a.users) < std::tie(b.regex, b.flags, b.users);
  });
  std::vector<Expression> unique;
  for (Expression& expression : all) {
    if (!unique.empty() && unique.back().regex == expression.regex && unique.back().flags == expression.flags) {
      unique.back().users.push_back(expression.users.front());
    } else {
      unique.push_back(std::move(expression));
    }
  }
  return unique;
}

unsigned flags_for(const Expression& expression) {
  hs_expr_info_t* info = nullptr;
  hs_compile_error_t* refusal = nullptr;
  if (hs_expression_info(expression.regex.c_str(), expression.flags, &info, &refusal) != HS_SUCCESS) {
    hs_free_compile_error(refusal);
    return expression.flags;  // the compiler will say what is wrong
  }
  const bool ordered = info->unordered_matches == 0;
  std::free(info);
  return expression.flags | (ordered ? HS_FLAG_SINGLEMATCH : 0u);
}

}  // namespace scanner

#include "scanner/app/search_time.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>
#include <vector>

namespace scanner {

double search_time(const Matcher& matcher, Field field, std::span<const PortedText> texts, unsigned rounds) {
  const auto scratch = matcher.make_scratch();
  const auto stream = is_stream(field) ? matcher.open(field) : nullptr;
  double fastest = std::numeric_limits<double>::max();
  for (unsigned round = 0; round < rounds; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    for (const PortedText& text : texts) {
      scratch->hits.clear();
      if (stream) {
        stream->scan(as_bytes(text.text), *scratch, scratch->hits);
        stream->restart();
      } else {
        matcher.find(field, as_bytes(text.text), *scratch, scratch->hits);
      }
    }
    fastest = std::min(fastest, std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count());
  }
  return fastest;
}

Result<std::unique_ptr<Matcher>> matcher_of(const Signature& signature) {
  Signature copy = signature;
  std::vector<std::string> names;
  names.reserve(copy.patterns.size());
  for (const Pattern& pattern : copy.patterns) names.push_back(pattern.name);
  ConditionError error;
  copy.condition = Condition::parse("any of them", names, error).value();
  Diagnostics none;
  return make_hyperscan_matcher(Ruleset::make({std::move(copy)}, {}, {}, none));
}

}  // namespace scanner

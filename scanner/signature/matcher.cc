#include "scanner/signature/matcher.h"

#include <algorithm>

namespace scanner {

bool is_searched(const Signature& signature) { return signature.status != SignatureStatus::Deprecated; }

void Matcher::match(Field field, Bytes text, const MatchFacts& facts, Scratch& scratch,
                    std::vector<SignatureMatch>& out) const {
  if (!wants(field)) return;
  scratch.hits.clear();
  find(field, text, scratch, scratch.hits);
  if (scratch.hits.empty()) return;
  const std::size_t first_new = out.size();
  // Grouped by signature, each group still by end offset.
  std::stable_sort(scratch.hits.begin(), scratch.hits.end(),
                   [](const PatternHit& a, const PatternHit& b) { return a.signature < b.signature; });
  for (std::size_t i = 0; i < scratch.hits.size();) {
    const std::uint32_t signature = scratch.hits[i].signature;
    const Condition& condition = ruleset_->signatures()[signature].condition;
    const std::uint32_t held = ruleset_->facts_for(signature, facts.port);
    std::uint64_t seen = 0;
    bool holds = false;
    SignatureMatch match{signature, 0, 0};
    for (; i < scratch.hits.size() && scratch.hits[i].signature == signature; ++i) {
      seen |= std::uint64_t{1} << scratch.hits[i].pattern;
      // With a "not" only the whole field decides, and its last hit is named.
      if (holds && !condition.has_not()) continue;
      holds = condition.holds(seen, held);
      match.pattern = scratch.hits[i].pattern;
      match.end = scratch.hits[i].end;
    }
    if (holds) out.push_back(match);
  }
  std::sort(out.begin() + static_cast<std::ptrdiff_t>(first_new), out.end(),
            [](const SignatureMatch& a, const SignatureMatch& b) { return std::pair(a.end, a.signature) < std::pair(b.end, b.signature); });
}

StreamMatch::StreamMatch(const Matcher& matcher, Field field, MatchFacts facts)
    : matcher_(&matcher), facts_(facts), stream_(matcher.open(field)) {}

void StreamMatch::restart(MatchFacts facts) {
  facts_ = facts;
  if (stream_) stream_->restart();
  seen_.clear();
  scanned_ = 0;
  unsearched_ = 0;
}

void StreamMatch::join(std::uint64_t behind, Scratch& scratch) {
  scanned_ = behind;
  if (!stream_ || behind == 0) return;
  // One byte for all that went by: behind it no beginning is left.
  constexpr std::uint8_t kAnything = 0;
  scratch.hits.clear();
  stream_->scan(Bytes(&kAnything, 1), scratch, scratch.hits);
  unsearched_ = behind - 1;
}

void StreamMatch::scan(Bytes bytes, Scratch& scratch, std::vector<SignatureMatch>& out) {
  scanned_ += bytes.size();
  if (!stream_ || bytes.empty()) return;
  scratch.hits.clear();
  stream_->scan(bytes, scratch, scratch.hits);
  for (const PatternHit& hit : scratch.hits) {
    auto seen = std::find_if(seen_.begin(), seen_.end(), [&](const Seen& s) { return s.signature == hit.signature; });
    if (seen == seen_.end()) seen = seen_.insert(seen_.end(), Seen{hit.signature, false, 0});
    seen->patterns |= std::uint64_t{1} << hit.pattern;
    if (seen->told) continue;
    const Condition& condition = matcher_->ruleset().signatures()[hit.signature].condition;
    if (!condition.holds(seen->patterns, matcher_->ruleset().facts_for(hit.signature, facts_.port))) continue;
    seen->told = true;
    out.push_back({hit.signature, hit.pattern, unsearched_ + hit.end});
  }
}

}  // namespace scanner

#include "scanner/protocol/conversation_fit.h"

#include "scanner/protocol/conversation_shape.h"

#include <algorithm>
#include <tuple>

namespace scanner {
namespace {
constexpr std::uint32_t kMaxScore = 1'000'000;
}  // namespace

Matches DialectFit::fitting(std::span<const DialectMatch> described, JsonValue message, const Carriage& carriage,
                            bool from_pool) const {
  Matches fit;
  for (const DialectMatch match : described) {
    const Dialect& dialect = set_.dialect(match);
    const DialectMessage& description = set_.message(match);
    const bool carried = carriage.http ? dialect.over_http : dialect.over_lines || (carriage.websocket && dialect.over_websocket);
    if (carried && description.from_pool == from_pool && hold(message, description.when)) fit.add(match);
  }
  return fit;
}

DialectMatch DialectFit::best(const Matches& matches) const {
  const auto rank = [&](DialectMatch m) {
    return std::tuple(scores_[m.dialect], set_.message(m).when.size(), set_.dialect(m).algorithm.empty());
  };
  DialectMatch top = matches.all()[0];
  for (const DialectMatch match : matches.all())
    if (rank(match) > rank(top)) top = match;
  return top;
}

bool DialectFit::speaks(const Matches& matches) const {
  return std::any_of(matches.all().begin(), matches.all().end(),
                     [&](DialectMatch m) { return shown_[m.dialect] || !set_.message(m).weak; });
}

void DialectFit::credit(const Matches& matches) {
  const auto all = matches.all();
  for (const DialectMatch match : all)
    if (!set_.message(match).weak) shown_[match.dialect] = true;
  // Of several descriptions of one dialect, which stand side by side, the most demanding counts.
  for (std::size_t i = 0; i < all.size();) {
    const std::size_t dialect = all[i].dialect;
    std::size_t points = 0;
    for (; i < all.size() && all[i].dialect == dialect; ++i) points = std::max(points, 1 + set_.message(all[i]).when.size());
    if (shown_[dialect]) scores_[dialect] = std::min(kMaxScore, scores_[dialect] + static_cast<std::uint32_t>(points));
  }
}

bool DialectFit::decided(std::size_t dialect) const {
  const auto& dialects = set_.dialects();
  for (std::size_t other = 0; other < scores_.size(); ++other)
    if (scores_[other] >= scores_[dialect] && dialects[other].algorithm != dialects[dialect].algorithm) return false;
  return true;
}

}  // namespace scanner

#include "scanner/detect/known_names.h"

namespace scanner {
namespace {

// Stands for "anybody" as the asker.
const IpAddress kAnybody{};

}  // namespace

void KnownNames::learn(const DnsSeen& answer, const IpAddress& asker) {
  if (!answer.response || answer.name.empty()) return;
  for (const IpAddress& address : answer.addresses)
    for (const IpAddress& who : {asker, kAnybody}) {
      const Pair pair{who, address};
      const auto [entry, fresh] = by_pair_.insert_or_assign(pair, answer.name);
      if (!fresh) continue;
      order_.push_back(pair);
      if (order_.size() <= max_bindings_) continue;
      by_pair_.erase(order_.front());
      order_.pop_front();
    }
}

const std::string& KnownNames::name_of(const IpAddress& asker, const IpAddress& address) const {
  static const std::string kNone;
  for (const IpAddress& who : {asker, kAnybody}) {
    const auto found = by_pair_.find(Pair{who, address});
    if (found != by_pair_.end()) return found->second;
  }
  return kNone;
}

}  // namespace scanner

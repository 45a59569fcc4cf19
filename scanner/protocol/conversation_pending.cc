#include "scanner/protocol/conversation_pending.h"

#include <utility>

namespace scanner {
namespace {

template <typename Condition>
std::optional<std::size_t> first_of(const std::vector<PendingRequest>& all, Condition condition) {
  for (std::size_t i = 0; i < all.size(); ++i)
    if (condition(all[i])) return i;
  return {};
}

// An answer that names no request answers the one that waits.
bool no_id(std::string_view id) { return id == "-" || id == "null"; }

}  // namespace

void PendingRequests::add(PendingRequest request) {
  if (all_.size() >= limit_) all_.erase(all_.begin());
  all_.push_back(std::move(request));
}

std::optional<std::size_t> PendingRequests::by_id(Direction answerer, std::size_t envelope, std::string_view id) const {
  return first_of(all_, [&](const PendingRequest& r) { return r.sender != answerer && r.envelope == envelope && r.id == id; });
}

std::optional<std::size_t> PendingRequests::by_exchange(std::uint64_t exchange, std::size_t envelope, std::string_view id,
                                                        bool batch) const {
  const auto in_exchange = [&](const PendingRequest& r) { return r.http && r.exchange == exchange && r.envelope == envelope; };
  if (const auto same = first_of(all_, [&](const PendingRequest& r) { return in_exchange(r) && r.id == id; })) return same;
  const auto first = batch ? std::nullopt : first_of(all_, in_exchange);
  if (!first) return {};
  for (std::size_t i = *first + 1; i < all_.size(); ++i)
    if (in_exchange(all_[i])) return {};
  return first;
}

std::optional<std::size_t> PendingRequests::oldest_http(Direction answerer) const {
  return first_of(all_, [&](const PendingRequest& r) { return r.http && r.sender != answerer; });
}

std::optional<std::size_t> PendingRequests::by_method(Direction answerer, std::size_t envelope, std::string_view method,
                                                      std::string_view id) const {
  return first_of(all_, [&](const PendingRequest& r) {
    return r.sender != answerer && r.envelope == envelope && r.method == method && (no_id(id) || no_id(r.id) || r.id == id);
  });
}

PendingRequest PendingRequests::take(std::size_t position) {
  PendingRequest taken = std::move(all_[position]);
  all_.erase(all_.begin() + static_cast<std::ptrdiff_t>(position));
  return taken;
}

}  // namespace scanner

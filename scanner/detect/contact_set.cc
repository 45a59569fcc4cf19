#include "scanner/detect/contact_set.h"

#include "scanner/detect/few_distinct.h"

#include <algorithm>
#include <utility>

namespace scanner {
namespace {

constexpr int kOutcomeBits = 2, kAgeBits = 18, kTagShift = kOutcomeBits + kAgeBits;
constexpr std::uint32_t kAgeMask = (1U << kAgeBits) - 1;
constexpr std::uint64_t kOutcomeMask = (1U << kOutcomeBits) - 1;  // of an outcome and one

}  // namespace

std::uint64_t ContactSet::key_of(const Endpoint& responder, IpProtocol protocol, std::uint32_t salt) {
  const std::uint64_t key = mixed(hash_of(responder.address) ^ (std::uint64_t{responder.port} << 24 | std::uint64_t{static_cast<std::uint8_t>(protocol)} << 8 | salt) * 0x9e3779b97f4a7c15U);
  return key == 0 ? 1 : key;
}

// The tag's entry, an empty one, or the oldest of its set.
ContactSet::Entry& ContactSet::place(std::uint64_t tag) {
  const std::size_t sets = entries_.size() / kWays;
  Entry* const first = &entries_[(tag & (sets - 1)) * kWays];
  const auto age = [&](Entry entry) { return (clock_ - static_cast<std::uint32_t>(entry >> kOutcomeBits)) & kAgeMask; };
  Entry* chosen = first;
  for (Entry* entry = first; entry != first + kWays; ++entry) {
    if (*entry >> kTagShift == tag && *entry != 0) return *entry;
    if (*chosen != 0 && (*entry == 0 || age(*entry) > age(*chosen))) chosen = entry;
  }
  return *chosen;
}

void ContactSet::grow() {
  std::vector<Entry> old(entries_.empty() ? kFirst : entries_.size() * 4);
  old.resize(std::min(old.size(), most_));
  old.swap(entries_);
  used_ = 0;
  for (const Entry entry : old) {
    if (entry == 0) continue;
    Entry& at = place(entry >> kTagShift);
    used_ += at == 0 ? 1 : 0;
    at = entry;
  }
}

ContactSet::Change ContactSet::note(std::uint64_t key, ContactOutcome outcome) {
  if (used_ * 2 >= entries_.size() && entries_.size() < most_) grow();
  const std::uint64_t tag = mixed(key) >> kTagShift, told = static_cast<std::uint64_t>(outcome) + 1;
  Entry& entry = place(tag);
  Change change;
  if (entry == 0 || entry >> kTagShift != tag) {
    used_ += entry == 0 ? 1 : 0;
    entry = tag << kTagShift | std::uint64_t{++clock_ & kAgeMask} << kOutcomeBits | told;
    change.first = true;
    return change;
  }
  constexpr std::uint64_t kAnswered = static_cast<std::uint64_t>(ContactOutcome::Answered) + 1;
  change.turned = (entry & kOutcomeMask) != kAnswered && told == kAnswered;
  if (change.turned) entry |= kAnswered;
  return change;
}

}  // namespace scanner

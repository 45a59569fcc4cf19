#include "scanner/detect/contact_set.h"

#include "scanner/detect/few_distinct.h"

#include <algorithm>
#include <utility>

namespace scanner {

std::uint64_t ContactSet::key_of(const Endpoint& responder, IpProtocol protocol, std::uint32_t salt) {
  const std::uint64_t key = mixed(hash_of(responder.address) ^ (std::uint64_t{responder.port} << 24 | std::uint64_t{static_cast<std::uint8_t>(protocol)} << 8 | salt) * 0x9e3779b97f4a7c15U);
  return key == 0 ? 1 : key;
}

// The key's entry, an empty one, or the oldest of its set.
ContactSet::Entry& ContactSet::place(std::uint64_t key) {
  const std::size_t sets = entries_.size() / kWays;
  Entry* const first = &entries_[(key & (sets - 1)) * kWays];
  Entry* chosen = first;
  for (Entry* entry = first; entry != first + kWays; ++entry) {
    if (entry->key == key) return *entry;
    if (chosen->key != 0 && (entry->key == 0 || entry->age < chosen->age)) chosen = entry;
  }
  return *chosen;
}

void ContactSet::grow() {
  std::vector<Entry> old(entries_.empty() ? kFirst : entries_.size() * 4);
  old.resize(std::min(old.size(), most_));
  old.swap(entries_);
  used_ = 0;
  for (const Entry& entry : old) {
    if (entry.key == 0) continue;
    Entry& at = place(entry.key);
    used_ += at.key == 0 ? 1 : 0;
    at = entry;
  }
}

ContactSet::Change ContactSet::note(std::uint64_t key, ContactOutcome outcome) {
  if (used_ * 2 >= entries_.size() && entries_.size() < most_) grow();
  Entry& entry = place(key);
  Change change;
  if (entry.key != key) {
    used_ += entry.key == 0 ? 1 : 0;
    entry = {key, ++clock_, outcome};
    change.first = true;
    return change;
  }
  change.turned = entry.outcome != ContactOutcome::Answered && outcome == ContactOutcome::Answered;
  if (change.turned) entry.outcome = outcome;
  return change;
}

}  // namespace scanner

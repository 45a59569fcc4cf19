#include "scanner/engine/signature_book.h"

#include <algorithm>
#include <utility>

namespace scanner {
namespace {

constexpr Duration kMinute = std::chrono::minutes(1);

}  // namespace

SignatureBook::SignatureBook(const Ruleset& ruleset, std::uint64_t hits_per_minute) : ruleset_(&ruleset), hits_per_minute_(hits_per_minute) { use(ruleset); }

void SignatureBook::use(const Ruleset& ruleset) {
  std::vector<Entry> before = std::exchange(entries_, {});
  ruleset_ = &ruleset;
  for (const Signature& signature : ruleset.signatures()) {
    Entry& entry = entries_.emplace_back();
    // Both are in the order of ids.
    const auto same = std::lower_bound(before.begin(), before.end(), signature.id, [](const Entry& old, const std::string& id) { return old.count.signature < id; });
    if (same != before.end() && same->count.signature == signature.id && same->count.revision == signature.revision) entry.count = same->count;
    entry.count.signature = signature.id;
    entry.count.revision = signature.revision;
    entry.count.status = signature.status;
    entry.count.suspended.reset();
    entry.guarded = hits_per_minute_ > 0 && signature.field < Field::ProcessName;
  }
  suspended_.assign(entries_.size(), 0);
}

bool SignatureBook::count_hit(std::size_t signature, Timestamp at, bool silenced) {
  Entry& entry = entries_[signature];
  ++entry.count.hits;
  if (entry.count.suspended) {
    ++entry.count.held_back;
    return false;
  }
  if (silenced) ++entry.count.silenced;
  if (entry.guarded) {
    if (at - entry.minute >= kMinute) {
      entry.minute = at;
      entry.in_minute = 0;
    }
    if (++entry.in_minute > hits_per_minute_) {
      entry.count.suspended = at;
      ++entry.count.held_back;
      suspended_[signature] = 1;
      ++suspensions_;
      return false;
    }
  }
  entry.count.last = at;
  return true;
}

SignatureBook::Entry* SignatureBook::find(std::string_view source) {
  const Signature* signature = ruleset_->find(source);
  return signature == nullptr ? nullptr : &entries_[static_cast<std::size_t>(signature - ruleset_->signatures().data())];
}

void SignatureBook::count_finding(std::string_view source) {
  if (Entry* entry = find(source)) ++entry->count.findings;
}

void SignatureBook::count_permitted(std::string_view source) {
  if (Entry* entry = find(source)) ++entry->count.permitted;
}

void SignatureBook::add_held_back(const std::vector<std::uint64_t>& hits) {
  for (std::size_t i = 0; i < std::min(hits.size(), entries_.size()); ++i) {
    entries_[i].count.hits += hits[i];
    entries_[i].count.held_back += hits[i];
  }
}

bool SignatureBook::resume(std::string_view signature) {
  Entry* entry = find(signature);
  if (entry == nullptr || !entry->count.suspended) return false;
  entry->count.suspended.reset();
  entry->in_minute = 0;
  suspended_[static_cast<std::size_t>(entry - entries_.data())] = 0;
  return true;
}

std::vector<SignatureCount> SignatureBook::counts() const {
  std::vector<SignatureCount> counts;
  counts.reserve(entries_.size());
  for (const Entry& entry : entries_) counts.push_back(entry.count);
  return counts;
}

}  // namespace scanner

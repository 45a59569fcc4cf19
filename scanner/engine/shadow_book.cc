#include "scanner/engine/shadow_book.h"

#include <algorithm>

namespace scanner {

void ShadowBook::count(const Signature& signature, const Subject& subject, Timestamp at, bool alone) {
  Entry& entry = entries_[signature.id];
  // Another revision is another signature: what the old one would have done says nothing of it.
  if (entry.count.revision != signature.revision) entry = {};
  ShadowCount& count = entry.count;
  if (count.hits == 0) {
    count.signature = signature.id;
    count.activity = signature.activity;
    count.revision = signature.revision;
    count.first = at;
  }
  count.status = signature.status;
  count.last = at;
  ++count.hits;
  if (alone) ++count.alone;
  if (entry.subjects.size() < kMaxSubjects) entry.subjects.insert(subject.id);
  const auto tenant = entry.tenants.find(subject.tenant);
  if (tenant != entry.tenants.end())
    ++tenant->second;
  else
    ++entry.tenants[entry.tenants.size() < kMaxTenants ? subject.tenant : "…"];
}

std::vector<ShadowCount> ShadowBook::counts() const {
  std::vector<ShadowCount> all;
  for (const auto& [id, entry] : entries_) {
    all.push_back(entry.count);
    all.back().subjects = entry.subjects.size();
    all.back().tenants.assign(entry.tenants.begin(), entry.tenants.end());
    std::ranges::stable_sort(all.back().tenants, [](const auto& a, const auto& b) { return a.second > b.second; });
  }
  return all;
}

}  // namespace scanner

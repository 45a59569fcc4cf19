// What signatures that do not count yet would have done: on the same pipeline as those that do,
// with counts instead of findings.
//
// Bounded: one entry a signature; of each at most kMaxSubjects subjects and kMaxTenants tenants
// are told apart, the rest is counted together.
#pragma once

#include "scanner/model/finding.h"
#include "scanner/signature/signature.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace scanner {

struct ShadowCount {
  std::string signature, activity;
  SignatureStatus status = SignatureStatus::Shadow;  // Shadow or Experimental
  std::uint32_t revision = 0;
  std::uint64_t hits = 0;      // of subjects: what nobody can be accused of is not counted
  std::uint64_t subjects = 0;  // different ones; at most kMaxSubjects
  std::uint64_t alone = 0;     // hits while nothing else spoke of that subject's activity: the incidents it would have opened or kept alone
  Timestamp first, last;       // event time
  std::vector<std::pair<std::string, std::uint64_t>> tenants;  // hits, most first; "" : not a tenant's; "…": all others
};

class ShadowBook {
 public:
  static constexpr std::size_t kMaxSubjects = 4096, kMaxTenants = 64;

  // `alone`: whether no incident of the subject's activity is open.
  void count(const Signature& signature, const Subject& subject, Timestamp at, bool alone);
  // By signature.
  std::vector<ShadowCount> counts() const;

 private:
  struct Entry {
    ShadowCount count;
    std::set<std::string> subjects;
    std::map<std::string, std::uint64_t> tenants;
  };
  std::map<std::string, Entry> entries_;  // by signature
};

}  // namespace scanner

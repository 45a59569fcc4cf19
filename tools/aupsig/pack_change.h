// What differs between two packs themselves, before anything is searched.
#pragma once

#include "scanner/signature/ruleset.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace scanner {

enum class PartChange : std::uint8_t { Added, Removed, Changed };
std::string_view to_string(PartChange change);  // "added", …

struct SignatureChange {
  std::string id;
  PartChange change = PartChange::Changed;
  const Signature* before = nullptr;  // in its ruleset
  const Signature* after = nullptr;
  std::vector<std::string> keys;  // Changed: which of its parts differ, as the file names them
  // Another meaning under the same revision: events would name both alike.
  bool same_revision = false;
};

// A dialect or a data set.
struct OtherChange {
  std::string what;  // "dialect" or "data set"
  std::string name;
  PartChange change = PartChange::Changed;
  std::string detail;  // "3 entries added, 1 removed, 2 changed"; may be empty
};

struct PackChange {
  std::vector<SignatureChange> signatures;  // by id
  std::vector<OtherChange> others;          // dialects, then data sets, by name
  bool empty() const { return signatures.empty() && others.empty(); }
};

// The rulesets outlive what is returned.
PackChange compare_packs(const Ruleset& before, const Ruleset& after);

}  // namespace scanner

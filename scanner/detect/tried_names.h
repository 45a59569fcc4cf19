// Who tried another password than before: for each of many names the password last tried, as
// numbers. A client with one wrong password for each name, and be they many, tries no other; a
// guesser does.
//
// Bounded: kNames names, 4 KiB; of two that share a place the newer one stays, so that some of
// what was tried is not seen, and nothing is made up.
#pragma once

#include "scanner/detect/few_distinct.h"

#include <cstdint>
#include <vector>

namespace scanner {

class TriedNames {
 public:
  static constexpr std::size_t kNames = 256;

  // Was another password tried for this name before? Neither number may be 0.
  bool other(std::uint64_t name, std::uint64_t credentials) {
    if (last_.empty()) last_.resize(kNames);
    Tried& tried = last_[mixed(name) % kNames];
    const bool differs = tried.name == name && tried.credentials != credentials;
    tried = {name, credentials};
    return differs;
  }

 private:
  struct Tried {
    std::uint64_t name = 0, credentials = 0;
  };
  std::vector<Tried> last_;
};

}  // namespace scanner

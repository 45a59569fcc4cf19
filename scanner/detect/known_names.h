// Names of addresses, learnt from the DNS answers that were seen and from nothing else.
//
// A name binds (asker, address) and, weaker, the address alone. Bounded: the oldest binding
// goes first.
#pragma once

#include "scanner/model/observation.h"

#include <cstddef>
#include <deque>
#include <string>
#include <unordered_map>

namespace scanner {

class KnownNames {
 public:
  explicit KnownNames(std::size_t max_bindings = 65536) : max_bindings_(max_bindings) {}

  void learn(const DnsSeen& answer, const IpAddress& asker);
  // What `asker` was told that `address` is called; else what anybody was told; else "".
  // Valid until the next learn().
  const std::string& name_of(const IpAddress& asker, const IpAddress& address) const;
  std::size_t size() const { return by_pair_.size(); }

 private:
  struct Pair {
    IpAddress asker, address;
    friend bool operator==(const Pair&, const Pair&) = default;
  };
  struct PairHash {
    std::size_t operator()(const Pair& p) const { return symmetric_hash(p.asker, p.address); }
  };
  std::size_t max_bindings_;
  std::unordered_map<Pair, std::string, PairHash> by_pair_;
  std::deque<Pair> order_;
};

}  // namespace scanner
